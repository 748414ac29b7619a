import path from 'node:path';
import * as l10n from '@vscode/l10n';
import type { LogData } from '../logData';
import { maskedCrc32c } from './crc32c';
import type { LogFormat } from './format';
import { isRecord, parseLooseJson } from './looseJson';
import { eachField } from './protobuf';
import { appendedLog, type TakeRecords } from './readers';

/** Folders that writers make for the parts of one training. */
const part = /^(train|training|validation|val|eval|test)$/;

/** Event files of TensorBoard: records with checksums, each a protobuf `Event`. */
export const tensorboard: LogFormat = {
  name: 'tensorboard',
  mayBe: (name) => name.includes('tfevents'),
  // An empty file is one that a writer has just opened.
  begins: (head) => head.length < 12 || maskedCrc32c(head, 0, 8) === head.readUInt32LE(8),
  root(file) {
    const folder = path.dirname(file);
    return part.test(path.basename(folder)) ? path.dirname(folder) : folder;
  },
  prefix(file) {
    const folder = path.basename(path.dirname(file));
    return part.test(folder) ? `${folder}/` : '';
  },
  open: (file) => appendedLog(file, () => recordTaker(file)),
};

/** Bytes of one record: more is no event but a broken length. */
const longestRecord = 2 ** 28;

/** The checksums of the lengths that nearly all records have, as they stand in the file after a length. */
const checksums = Uint32Array.from({ length: 256 }, (_, length) => {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(length);
  return maskedCrc32c(bytes);
});

function recordTaker(file: string): TakeRecords {
  const reader = new EventReader();
  return (bytes, data) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let at = 0;
    while (at + 12 <= bytes.length) {
      const length = view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
      const expected = length < checksums.length ? checksums[length] : maskedCrc32c(bytes, at, at + 8);
      if (view.getUint32(at + 8, true) !== expected || length > longestRecord) {
        data.problems.push({
          path: file,
          message: l10n.t(
            'The file is damaged: a record has a wrong checksum. What comes before it is shown.',
          ),
        });
        return -1;
      }
      const end = at + 12 + length;
      if (end + 4 > bytes.length) break;
      try {
        if (!reader.plainScalar(bytes, view, at + 12, end, data)) reader.event(bytes, at + 12, end, data);
      } catch {
        if (data.problems.length < 20)
          data.problems.push({ path: file, message: l10n.t('A record could not be read and was left out.') });
      }
      at = end + 4;
    }
    return at;
  };
}

class EventReader {
  /** Tags as their bytes, so that a tag is decoded once and not for each point. */
  private readonly tags = new Map<number, { bytes: Buffer; tag: string }[]>();
  private readonly plugins = new Map<string, string>();

  /** Reads an `Event` (event.proto): wall_time 1, step 2, summary 5. */
  event(bytes: Buffer, start: number, end: number, data: LogData): void {
    let [wallTime, step] = [NaN, 0];
    const summaries: [number, number][] = [];
    eachField(bytes, start, end, (field) => {
      if (field.number === 1 && field.wire === 1) wallTime = bytes.readDoubleLE(field.start);
      else if (field.number === 2 && field.wire === 0) step = field.value;
      else if (field.number === 5 && field.wire === 2) summaries.push([field.start, field.end]);
    });
    for (const [from, to] of summaries)
      eachField(bytes, from, to, (value) => {
        if (value.number === 1 && value.wire === 2)
          this.value(bytes, value.start, value.end, step, wallTime, data);
      });
  }

  /** Reads a `Summary.Value` (summary.proto): tag 1, simple_value 2, tensor 8, metadata 9. */
  private value(
    bytes: Buffer,
    start: number,
    end: number,
    step: number,
    wallTime: number,
    data: LogData,
  ): void {
    let tag = '';
    let simple: number | null = null;
    let tensor: [number, number] | null = null;
    let metadata: [number, number] | null = null;
    eachField(bytes, start, end, (field) => {
      if (field.number === 1 && field.wire === 2) tag = this.tag(bytes, field.start, field.end);
      else if (field.number === 2 && field.wire === 5) simple = bytes.readFloatLE(field.start);
      else if (field.number === 8 && field.wire === 2) tensor = [field.start, field.end];
      else if (field.number === 9 && field.wire === 2) metadata = [field.start, field.end];
    });
    if (metadata) this.plugins.set(tag, pluginName(bytes, ...(metadata as [number, number])));
    if (simple !== null) data.point(tag, step, simple, wallTime);
    else if (tensor) {
      const content = scalarOf(bytes, ...(tensor as [number, number]));
      if (typeof content === 'number') data.point(tag, step, content, wallTime);
      else if (content !== null && (this.plugins.get(tag) ?? 'text') === 'text')
        text(tag, step, content, data);
    }
  }

  /**
   * Reads what nearly all events are, a time, a step and one `simple_value`, with lengths of one byte and in the order
   * in which writers put them. @returns whether it was one.
   */
  plainScalar(bytes: Buffer, view: DataView, start: number, end: number, data: LogData): boolean {
    if (bytes[start] !== 0x09 || bytes[start + 9] !== 0x10) return false;
    let at = start + 10;
    let step = 0;
    for (let shift = 0; ; shift += 7) {
      // Steps from 2^28 on are left to the walk over the fields.
      if (shift === 28) return false;
      const byte = bytes[at++]!;
      step |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    const tagLength = bytes[at + 5]!;
    const tagEnd = at + 6 + tagLength;
    const isPlain =
      bytes[at] === 0x2a &&
      bytes[at + 2] === 0x0a &&
      bytes[at + 4] === 0x0a &&
      tagLength < 120 &&
      bytes[tagEnd] === 0x15 &&
      tagEnd + 5 === end &&
      bytes[at + 1] === end - at - 2 &&
      bytes[at + 3] === end - at - 4;
    if (!isPlain) return false;
    const tag = this.tag(bytes, at + 6, tagEnd);
    data.point(tag, step, view.getFloat32(tagEnd + 1, true), view.getFloat64(start + 1, true));
    return true;
  }

  private tag(bytes: Buffer, start: number, end: number): string {
    const key = (end - start) * 65536 + bytes[start]! * 256 + bytes[end - 1]!;
    let known = this.tags.get(key);
    if (!known) this.tags.set(key, (known = []));
    for (const each of known) if (isAt(each.bytes, bytes, start)) return each.tag;
    const own = Buffer.from(bytes.subarray(start, end));
    const entry = { bytes: own, tag: own.toString('utf8') };
    known.push(entry);
    return entry.tag;
  }
}

/** Whether some bytes are at a place of others; for few bytes faster than `Buffer.compare`, which leaves JavaScript. */
function isAt(few: Buffer, bytes: Buffer, start: number): boolean {
  for (let index = 0; index < few.length; index++) if (few[index] !== bytes[start + index]) return false;
  return true;
}

function pluginName(bytes: Buffer, start: number, end: number): string {
  let name = '';
  eachField(bytes, start, end, (field) => {
    if (field.number !== 1 || field.wire !== 2) return;
    eachField(bytes, field.start, field.end, (inner) => {
      if (inner.number === 1 && inner.wire === 2) name = bytes.toString('utf8', inner.start, inner.end);
    });
  });
  return name;
}

/** The one number or the first text of a `TensorProto`; null for tensors of more numbers. */
function scalarOf(bytes: Buffer, start: number, end: number): number | string | null {
  let type = 0;
  let elements = 1;
  let content: [number, number] | null = null;
  const found: (number | string)[] = [];
  eachField(bytes, start, end, (field) => {
    const { number, wire } = field;
    if (number === 1 && wire === 0) type = field.value;
    else if (number === 2 && wire === 2) elements = elementsOf(bytes, field.start, field.end);
    else if (number === 4 && wire === 2) content = [field.start, field.end];
    else if (number === 8 && wire === 2) found.push(bytes.toString('utf8', field.start, field.end));
    else if (number === 5) found.push(bytes.readFloatLE(field.start));
    else if (number === 6) found.push(bytes.readDoubleLE(field.start));
    else if ((number === 7 || number === 10 || number === 16) && wire === 0) found.push(field.value);
    else if ((number === 7 || number === 10 || number === 16) && field.end > field.start)
      eachField(
        Buffer.concat([Buffer.from([8]), bytes.subarray(field.start, field.end)]),
        0,
        field.end - field.start + 1,
        (inner) => found.push(inner.value),
      );
  });
  if (type === 7) return found.find((each) => typeof each === 'string') ?? null;
  if (elements !== 1) return null;
  if (content) return fromContent(bytes, type, ...(content as [number, number]));
  const [value] = found;
  return typeof value === 'number' ? value : null;
}

function fromContent(bytes: Buffer, type: number, start: number, end: number): number | null {
  const length = end - start;
  if (type === 1 && length === 4) return bytes.readFloatLE(start);
  if (type === 2 && length === 8) return bytes.readDoubleLE(start);
  if (type === 3 && length === 4) return bytes.readInt32LE(start);
  if (type === 9 && length === 8) return Number(bytes.readBigInt64LE(start));
  return null;
}

/** The product of the dimensions of a `TensorShapeProto`. */
function elementsOf(bytes: Buffer, start: number, end: number): number {
  let elements = 1;
  eachField(bytes, start, end, (field) => {
    if (field.number !== 2 || field.wire !== 2) return;
    eachField(bytes, field.start, field.end, (inner) => {
      if (inner.number === 1 && inner.wire === 0) elements *= inner.value;
    });
  });
  return elements;
}

/** Keeps a text; the arguments that Hugging Face's Trainer logs are hyperparameters. */
function text(tag: string, step: number, content: string, data: LogData): void {
  data.texts.push({ tag: tag.replace(/\/text_summary$/, ''), step, text: content });
  if (!/^args(\/text_summary)?$/.test(tag)) return;
  try {
    const values = parseLooseJson(content);
    if (!isRecord(values)) return;
    for (const [name, value] of Object.entries(values))
      if (value === null || ['string', 'number', 'boolean'].includes(typeof value))
        data.hyperparameters[name] = value as string | number | boolean | null;
  } catch {
    // It is a text all the same.
  }
}
