import { basename } from 'node:path';
import { OnnxFormatError } from './errors';
import { resolveExternalData, type ExternalPlace } from './externalData';
import type { ByteRange, FileSource } from './fileSource';
import { readTensor, tensorFields } from './readTensor';
import type { OnnxModel } from './types';
import { fieldsOf } from './wire';
import { WireWriter } from './wireWriter';

/** Payloads beyond this many bytes become references; runtimes want shapes and the like at hand. */
const inlineBytes = 1024;

/** Deeper than any exporter nests branches and loops. */
const deepest = 64;

/** The messages that can hold a tensor somewhere inside. */
export type MessageType = 'graph' | 'node' | 'attribute' | 'sparse' | 'tensor' | 'function';

const nestedMessages: Record<MessageType, Readonly<Record<number, MessageType>>> = {
  graph: { 1: 'node', 5: 'tensor', 15: 'sparse' },
  node: { 5: 'attribute' },
  attribute: { 5: 'tensor', 6: 'graph', 10: 'tensor', 11: 'graph', 22: 'sparse', 23: 'sparse' },
  sparse: { 1: 'tensor', 2: 'tensor' },
  function: { 7: 'node' },
  tensor: {},
};

/** Copies messages of a model file, leaving large numbers where they are. */
export class MessageCopier {
  /** The files that references so far point into, by the location that they name. */
  readonly files = new Map<string, string>();

  constructor(
    private readonly model: OnnxModel,
    private readonly source: FileSource,
  ) {}

  /** The bytes of a range as they are. */
  verbatim(range: ByteRange): Uint8Array {
    return this.source.read(range.offset, range.length);
  }

  /** The message in `range` with each large tensor in it turned into a reference to the user's file. */
  copy(type: MessageType, range: ByteRange, depth = 0): Uint8Array {
    if (depth > deepest) throw new OnnxFormatError('The graph is nested too deeply.');
    if (type === 'tensor') return this.tensor(range);
    const writer = new WireWriter();
    for (const field of fieldsOf(this.source, range, `a ${type}`)) {
      const nested = nestedMessages[type][field.number];
      if (nested === undefined) writer.raw(this.verbatim(field.whole));
      else writer.bytes(field.number, this.copy(nested, field.range, depth + 1));
    }
    return writer.finish();
  }

  private tensor(range: ByteRange): Uint8Array {
    const tensor = readTensor(this.source, range);
    const { payload } = tensor;
    if (payload.kind === 'typed') return this.verbatim(range);
    if (payload.kind === 'file') {
      if (payload.length <= inlineBytes) return this.verbatim(range);
      const { path } = this.model;
      return this.reference(range, { ...payload, path, location: basename(path) });
    }
    // Resolved anew even if unchanged: the runtime must never see a location that was not checked.
    return this.reference(range, resolveExternalData(this.model, tensor));
  }

  private reference(range: ByteRange, place: ExternalPlace): Uint8Array {
    this.files.set(place.location, place.path);
    const writer = new WireWriter();
    for (const field of fieldsOf(this.source, range, 'a tensor')) {
      if (!payloadFields.includes(field.number)) writer.raw(this.verbatim(field.whole));
    }
    const entries = { location: place.location, offset: String(place.offset), length: String(place.length) };
    for (const [key, value] of Object.entries(entries)) {
      writer.message(tensorFields.externalData, (entry) => entry.text(1, key).text(2, value));
    }
    return writer.int(tensorFields.dataLocation, 1).finish();
  }
}

const payloadFields: readonly number[] = [
  tensorFields.floatData,
  tensorFields.doubleData,
  tensorFields.rawData,
  tensorFields.externalData,
  tensorFields.dataLocation,
];
