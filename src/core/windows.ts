import type { TokenWindow, TokensResult } from '../protocol/inspections';

/** A part of a long sequence, and which of the focus points it is read for. */
export interface PlannedWindow {
  /** Half-open range of content indices. */
  start: number;
  end: number;
  focuses: number[];
}

/**
 * Cuts a sequence that is longer than the model reads into windows around the points that matter.
 * Points less than half a window apart share one; each window is centred on its points, so that every
 * point has at least a quarter of the window before and after it, except where the text itself ends.
 * @param length number of content tokens; @param capacity content tokens that fit at once, at least 1.
 * @param focuses indices in [0, length), ascending.
 */
export function planWindows(length: number, capacity: number, focuses: number[]): PlannedWindow[] {
  if (length <= capacity) return focuses.length ? [{ start: 0, end: length, focuses }] : [];
  const groups: number[][] = [];
  for (const focus of focuses) {
    const group = groups.at(-1);
    if (group && focus - group[0]! < capacity / 2) group.push(focus);
    else groups.push([focus]);
  }
  return groups.map((group) => {
    const middle = (group[0]! + group.at(-1)! + 1) / 2;
    const start = Math.min(Math.max(0, Math.floor(middle - capacity / 2)), length - capacity);
    return { start, end: start + capacity, focuses: group };
  });
}

/**
 * Cuts a sequence into windows of which each begins with the last `stride` tokens of the one before, as training and
 * extractive question answering cut long texts (Devlin et al. 2018, section 4.2; the reference library's
 * `return_overflowing_tokens`). The last one is as long as what is left.
 * @param length number of content tokens. @param capacity content tokens that fit at once.
 * @param stride less than `capacity`. @returns half-open ranges of content indices.
 */
export function strideWindows(
  length: number,
  capacity: number,
  stride: number,
): { start: number; end: number }[] {
  const windows = [{ start: 0, end: Math.min(capacity, length) }];
  while (windows.at(-1)!.end < length) {
    const start = windows.at(-1)!.end - stride;
    windows.push({ start, end: Math.min(start + capacity, length) });
  }
  return windows;
}

/**
 * Tokens of a text that fit beside those that the tokenizer adds, where the text has more; null for one that fits, for
 * a pair, which is not cut, and where it is not known how much the model reads.
 */
export function windowCapacity({ tokens, counts, maximumLength }: TokensResult): number | null {
  if (maximumLength === null || counts.tokens <= maximumLength) return null;
  if (tokens.some(({ sequence }) => sequence === 1)) return null;
  const capacity = maximumLength - (counts.tokens - counts.ofText);
  return capacity > 0 ? capacity : null;
}

/** The windows that a text is cut into for the model to read; none where it reads all of it, or cannot cut it. */
export function tokenWindows(result: TokensResult, stride: number): TokenWindow[] {
  const capacity = windowCapacity(result);
  if (capacity === null) return [];
  const content = result.tokens.flatMap((token, index) =>
    token.sequence === null ? [] : [{ token, index }],
  );
  return strideWindows(content.length, capacity, Math.min(stride, capacity - 1)).map(({ start, end }) => {
    const [first, last] = [content[start]!, content[end - 1]!];
    const range = { start: first.token.start!, end: last.token.end! };
    return { firstToken: first.index, endToken: last.index + 1, ...range };
  });
}
