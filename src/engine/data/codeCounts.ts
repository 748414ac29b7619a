import * as l10n from '@vscode/l10n';
import { closedLength, codesIn } from '../../core/codes';
import { HeadlightError } from '../../core/errors';

/** A code may be in two pieces of a text; one longer than this is none. */
const longestUnit = 2 ** 16;

/**
 * A text in pieces that end where a code does.
 * @param file named in the error. @throws HeadlightError `FileUnusable` for a text without anything between codes.
 */
export async function* closedPieces(pieces: AsyncIterable<string>, file: string): AsyncGenerator<string> {
  let open = '';
  for await (const piece of pieces) {
    const text = open + piece;
    const length = closedLength(text);
    open = text.slice(length);
    if (open.length > longestUnit) {
      const message = l10n.t(
        '{0} has a code of more than {1} characters: it is no text of codes.',
        file,
        longestUnit,
      );
      throw new HeadlightError('FileUnusable', message);
    }
    yield text.slice(0, length);
  }
  yield open;
}

/** A string of its own: a long part of another keeps all of the other in memory. */
const ownCopy = (code: string): string => Buffer.from(code, 'utf16le').toString('utf16le');

/** Different codes that are counted; a vocabulary has far fewer words. */
const mostCodes = 2_000_000;

/** Counts codes. @throws HeadlightError `FileUnusable` where there are more different ones than can be codes of words. */
export async function countCodes(pieces: AsyncIterable<string>, file: string): Promise<Map<string, number>> {
  const counts = new Map<string, number>();
  for await (const piece of pieces) {
    for (const code of codesIn(piece)) {
      const count = counts.get(code);
      counts.set(count === undefined ? ownCopy(code) : code, (count ?? 0) + 1);
    }
    if (counts.size <= mostCodes) continue;
    const message = l10n.t('{0} has more than {1} different codes: it is no text of codes.', file, mostCodes);
    throw new HeadlightError('FileUnusable', message);
  }
  return counts;
}

/** How much is covered, as it is found out code by code. */
export class CoverageCount {
  private readonly seen = { mapped: new Set<string>(), unseen: new Set<string>() };
  private counted = { occurrences: 0, mapped: 0 };

  add(code: string, isMapped: boolean, times = 1): void {
    this.counted.occurrences += times;
    if (isMapped) this.counted.mapped += times;
    const seen = isMapped ? this.seen.mapped : this.seen.unseen;
    // Mapped codes are as many as the mapping has at most; of others no more than this are told apart.
    if (!seen.has(code) && (isMapped || seen.size < mostCodes)) seen.add(ownCopy(code));
  }

  get coverage(): {
    occurrences: number;
    mapped: number;
    distinct: number;
    distinctMapped: number;
    unseen: string[];
  } {
    const { mapped, unseen } = this.seen;
    return {
      ...this.counted,
      distinct: mapped.size + unseen.size,
      distinctMapped: mapped.size,
      unseen: [...unseen].slice(0, 20),
    };
  }
}
