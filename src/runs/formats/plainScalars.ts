import type { LogData } from '../logData';
import type { GrowingSeries } from '../growingSeries';

/** A tag that plain scalars had, as the bytes around it and its series. */
interface KnownTag {
  /** Four bytes each, the last four overlapping the ones before. */
  words: Uint32Array;
  length: number;
  series: GrowingSeries;
  /** What came after it last: writers log the same tags round and round. */
  next: KnownTag | null;
}

/** Bytes around the tag of a plain scalar: two lengths and its own before it, the key of the value after it. */
const around = 7;

/**
 * Reads what nearly all events are, a time, a step and one `simple_value`, with lengths of one byte and in the order in
 * which writers put them. The bytes from the summary's key to the value's are the same in every event of a tag: they
 * are compared with those of the tag that is expected, and no tag is decoded twice.
 */
export class PlainScalars {
  private readonly known = new Map<number, KnownTag[]>();
  private last: KnownTag | null = null;

  constructor(private readonly data: LogData) {}

  /** Reads the event between `start` and `end`. @returns whether it was one of these. */
  read(bytes: Buffer, view: DataView, start: number, end: number): boolean {
    if (end - start < 16 + around || bytes[start] !== 0x09 || bytes[start + 9] !== 0x10) return false;
    let at = start + 10;
    let step = 0;
    for (let shift = 0; ; shift += 7) {
      // Steps from 2^28 on are left to the walk over the fields.
      if (shift === 28) return false;
      const byte = bytes[at++]!;
      step |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    const length = end - 4 - at;
    const expected = this.last?.next;
    const tag = expected && isAt(expected, view, at, length) ? expected : this.find(bytes, view, at, length);
    if (!tag) return false;
    if (this.last) this.last.next = tag;
    this.last = tag;
    tag.series.push(step, view.getFloat32(end - 4, true), view.getFloat64(start + 1, true));
    return true;
  }

  /** @param length of the bytes from the summary's key up to the value. */
  private find(bytes: Buffer, view: DataView, at: number, length: number): KnownTag | null {
    const tagLength = length - around;
    const isPlain =
      tagLength >= 0 &&
      tagLength < 119 &&
      bytes[at] === 0x2a &&
      bytes[at + 1] === length + 2 &&
      bytes[at + 2] === 0x0a &&
      bytes[at + 3] === length &&
      bytes[at + 4] === 0x0a &&
      bytes[at + 5] === tagLength &&
      bytes[at + length - 1] === 0x15;
    if (!isPlain) return null;
    const key = length * 65536 + bytes[at + 6]! * 256 + bytes[at + length - 2]!;
    let alike = this.known.get(key);
    if (!alike) this.known.set(key, (alike = []));
    let tag = alike.find((each) => isAt(each, view, at, length));
    if (!tag) {
      const words = Uint32Array.from({ length: Math.ceil(length / 4) }, (_, word) =>
        view.getUint32(at + Math.min(word * 4, length - 4), true),
      );
      const name = bytes.toString('utf8', at + 6, at + 6 + tagLength);
      alike.push((tag = { words, length, series: this.data.seriesOf(name), next: null }));
    }
    return tag;
  }
}

function isAt({ words, length }: KnownTag, view: DataView, at: number, found: number): boolean {
  if (found !== length) return false;
  const last = words.length - 1;
  for (let word = 0; word < last; word++)
    if (view.getUint32(at + word * 4, true) !== words[word]) return false;
  return view.getUint32(at + length - 4, true) === words[last];
}
