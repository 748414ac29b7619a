import { createHash } from 'node:crypto';
import type { TextRange } from '../../../protocol/encoding';
import type { HeadTarget } from '../../../protocol/views';

/** What a link to a head names. It holds no text, unless the text is in no file. */
export interface HeadLink extends HeadTarget {
  /** The name of an embedded model, or the path of another. */
  model: string;
  text: LinkedFile | LinkedText;
  /** Which window of a long text, from 0, and how many tokens it shares with the one before. */
  window: number;
  stride: number;
  /** The model writes what it reads after the text, or as its target. */
  generates: boolean;
}

/** Ranges of a file: one, or two that make a pair. */
export interface LinkedFile {
  kind: 'file';
  /** `file:///…`: a file of this machine, or of the one that the window is connected to. */
  uri: string;
  ranges: TextRange[];
  /** `checkOf` the texts as they were inspected: tells that they are others now. */
  check: string;
}

/** The text itself, or two that make a pair. */
export interface LinkedText {
  kind: 'text';
  texts: string[];
}

/** The name of the extension, which VS Code sends its links to. */
export const linkAuthority = 'headlight.headlight';

/** The path of links to heads, behind the scheme and the name of the extension. */
export const headLinkPath = '/head';

/** Characters of text that a link may hold: more would not survive every program that passes links on. */
export const mostLinkedText = 500;

/** Characters that a link may have at all. */
const mostLinkLetters = 16_384;

const version = 1;

/** The query of a link, not encoded yet. */
export function writeHeadLink(link: HeadLink): string {
  return JSON.stringify({ version, ...link });
}

/**
 * A link from the decoded query of a URI, which anybody may have written: every part is checked, and nothing is
 * touched that it names. @returns null where a part is missing or something else than a link holds.
 */
export function readHeadLink(query: string): HeadLink | null {
  if (query.length > mostLinkLetters) return null;
  const parts = objectFrom(query);
  if (parts?.version !== version) return null;
  const { model, text, window, stride, generates, stack, layer, head } = parts;
  const linked = textFrom(text);
  const isWhole =
    isName(model) &&
    [window, stride, layer, head].every(isIndex) &&
    typeof generates === 'boolean' &&
    ['encoder', 'decoder', 'cross'].includes(stack as string);
  if (!isWhole || !linked) return null;
  const numbers = { window, stride, layer, head } as Pick<HeadLink, 'window' | 'stride' | 'layer' | 'head'>;
  return { model, text: linked, ...numbers, generates, stack: stack as HeadLink['stack'] };
}

/** 32 bits of a hash of texts: enough to tell that they have changed, too few to say what they were. */
export function checkOf(texts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(texts)).digest('hex').slice(0, 8);
}

/** What would break or turn around the line that a name is shown in. */
const unfit = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;

/** Whether a URI is of a file here: on another host, only to ask for it would tell that host about this machine. */
export function isFileHere(uri: string): boolean {
  try {
    const { protocol, host, pathname } = new URL(uri);
    const path = decodeURIComponent(pathname);
    return (
      protocol === 'file:' &&
      host === '' &&
      uri.startsWith('file:///') &&
      !/^\/[/\\]|\\/.test(path) &&
      !unfit.test(path)
    );
  } catch {
    return false;
  }
}

function textFrom(value: unknown): HeadLink['text'] | null {
  const { kind, uri, ranges, check, texts } = (value ?? {}) as Record<string, unknown>;
  const areParts = (parts: unknown): parts is unknown[] =>
    Array.isArray(parts) && (parts.length === 1 || parts.length === 2);
  if (kind === 'text' && areParts(texts)) {
    const isText = texts.every((each) => typeof each === 'string' && each.trim() !== '');
    return isText && texts.join('').length <= mostLinkedText ? { kind, texts: texts as string[] } : null;
  }
  const isFile = kind === 'file' && typeof uri === 'string' && isFileHere(uri);
  if (!isFile || typeof check !== 'string' || !/^[\da-f]{8}$/.test(check)) return null;
  if (!areParts(ranges) || !ranges.every(isRange)) return null;
  return { kind, uri, check, ranges: ranges.map(({ start, end }) => ({ start, end })) };
}

function objectFrom(json: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

/** A whole number that places and counts can be. */
export const isIndex = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 31;

/** A name that can be shown in a message, and looked up among the models at hand. */
const isName = (value: unknown): value is string =>
  typeof value === 'string' && value !== '' && value.length <= 4096 && !unfit.test(value);

function isRange(value: unknown): value is TextRange {
  const { start, end } = (value ?? {}) as Partial<TextRange>;
  return isIndex(start) && isIndex(end) && start < end;
}
