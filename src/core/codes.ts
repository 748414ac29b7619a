/** A code, or a word that stands for one: letters, digits and underscores. Everything else sets codes apart. */
const unit = /[\p{L}\p{M}\p{N}_]+/gu;
const inUnit = /^[\p{L}\p{M}\p{N}_]$/u;
/** What an underscore puts before a code without a word that looks like a word. */
const mark = '_';

/** How frequent each code is, in the order in which they are mapped: the most frequent first, then by their characters. */
export function ranked(counts: ReadonlyMap<string, number>): string[] {
  return [...counts].sort(([one, a], [other, b]) => b - a || (one < other ? -1 : 1)).map(([each]) => each);
}

/** Whether a word can stand for a code: it is one unit, and begins with no mark. */
export function canStandForCode(word: string): boolean {
  return word.match(unit)?.[0] === word && !word.startsWith(mark);
}

/** The codes of a piece of text. */
export function codesIn(text: string): string[] {
  return text.match(unit) ?? [];
}

/** Where the last unit of a piece of text begins, which may go on in the next; its length when it has no open one. */
export function closedLength(text: string): number {
  // From the end on: a pattern would try every place where a unit can begin.
  let at = text.length;
  while (at > 0) {
    const last = text.charCodeAt(at - 1);
    const before = at - (last >= 0xdc00 && last <= 0xdfff ? 2 : 1);
    if (!inUnit.test(text.slice(before, at))) break;
    at = before;
  }
  return at;
}

/** What became of one unit of a text. */
export interface Replacement {
  text: string;
  kind: 'mapped' | 'left' | 'marked';
}

/**
 * Replaces codes by their words, or back. Codes without a word stay; those that would be taken for a word on the way
 * back get an underscore more than they have, which the way back takes off: it gives every text back as it was.
 * @param pairs codes with their words, each of both once; words by `canStandForCode`.
 */
export class CodeMap {
  private readonly wordOf: Map<string, string>;
  private readonly codeOf: Map<string, string>;

  constructor(pairs: readonly (readonly [code: string, word: string])[]) {
    this.wordOf = new Map(pairs);
    this.codeOf = new Map(pairs.map(([code, word]) => [word, code]));
  }

  apply(code: string): Replacement {
    const word = this.wordOf.get(code);
    if (word !== undefined) return { text: word, kind: 'mapped' };
    return this.looksLikeWord(code) ? { text: mark + code, kind: 'marked' } : { text: code, kind: 'left' };
  }

  reverse(word: string): Replacement {
    const code = this.codeOf.get(word);
    if (code !== undefined) return { text: code, kind: 'mapped' };
    return this.looksLikeWord(word)
      ? { text: word.slice(mark.length), kind: 'marked' }
      : { text: word, kind: 'left' };
  }

  /** A word after any number of marks. */
  private looksLikeWord(text: string): boolean {
    return this.codeOf.has(text.replace(/^_+/, ''));
  }
}

/** Replaces each unit of a text whose last one is closed. */
export function replaceUnits(text: string, replacement: (found: string) => string): string {
  return text.replace(unit, replacement);
}
