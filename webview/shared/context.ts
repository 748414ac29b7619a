import type { TextRange } from '../../src/protocol/encoding';

/** The text around a range, cut where it is long. */
export interface Context {
  before: string;
  after: string;
}

/** Characters on each side of a range that are shown. */
const reach = 80;

/** What stands before and after a range; a cut end gets an ellipsis. */
export function contextOf(text: string, { start, end }: TextRange): Context {
  const from = start > reach ? wordBoundary(text, start - reach, start) : 0;
  const to = text.length - end > reach ? wordBoundary(text, end + reach, end) : text.length;
  return {
    before: (from > 0 ? '…' : '') + text.slice(from, start),
    after: text.slice(end, to) + (to < text.length ? '…' : ''),
  };
}

/** The first place after white space on the way from `from` towards `limit`; `from` itself in text without spaces. */
function wordBoundary(text: string, from: number, limit: number): number {
  const step = Math.sign(limit - from);
  for (let place = from; Math.abs(place - from) < 20 && place !== limit; place += step) {
    if (/\s/.test(text[step > 0 ? place - 1 : place] ?? ' ')) return place;
  }
  // Not between the halves of a surrogate pair.
  return /[\udc00-\udfff]/.test(text[from] ?? '') ? from + step : from;
}
