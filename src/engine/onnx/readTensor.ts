import { elementTypeOf, packedBytes, type ElementType } from './elementTypes';
import { OnnxFormatError } from './errors';
import type { ByteRange, FileSource } from './fileSource';
import type { OnnxTensor, TensorPayload } from './types';
import { fieldsOf, wireTypes, type Field } from './wire';

/** Field numbers of TensorProto. */
export const tensorFields = {
  dims: 1,
  dataType: 2,
  floatData: 4,
  int32Data: 5,
  int64Data: 7,
  name: 8,
  rawData: 9,
  doubleData: 10,
  uint64Data: 11,
  externalData: 13,
  dataLocation: 14,
} as const;

/** Typed fields whose packed form is the same bytes as raw data, and the type that they hold. */
const packedLikeRaw: ReadonlyMap<number, ElementType> = new Map([
  [tensorFields.floatData, 'float32'],
  [tensorFields.doubleData, 'float64'],
]);

/** More axes than any tensor has. */
const highestRank = 64;

/** Reads a TensorProto without its numbers. */
export function readTensor(source: FileSource, message: ByteRange): OnnxTensor {
  let name = '';
  let dataType = 0;
  let isExternal = false;
  const dims: number[] = [];
  const external = new Map<string, string>();
  const payloads: (TensorPayload & { kind: 'file' })[] = [];
  let unpacked = false;
  for (const field of fieldsOf(source, message, 'a tensor')) {
    if (field.number === tensorFields.dims) {
      if (dims.length + field.mostValues > highestRank * 10) throw tooManyAxes();
      for (const size of field.ints) dims.push(size);
    } else if (field.number === tensorFields.dataType) dataType = field.int;
    else if (field.number === tensorFields.name) name = field.name;
    else if (field.number === tensorFields.rawData) payloads.push(fileRange(field));
    else if (packedLikeRaw.has(field.number)) {
      if (field.wireType === wireTypes.bytes) payloads.push(fileRange(field));
      else unpacked = true;
    } else if (field.number === tensorFields.externalData) readEntry(source, field.range, external);
    else if (field.number === tensorFields.dataLocation) isExternal = field.int === 1;
  }
  if (dims.length > highestRank) throw tooManyAxes();
  const bad = dims.find((size) => !Number.isSafeInteger(size) || size < 0);
  if (bad !== undefined) throw new OnnxFormatError(`Tensor “${name}” has the size ${String(bad)}.`);

  const raw = payloads.findLast((payload) => payload.field === tensorFields.rawData);
  const packed = payloads.length === 1 && !unpacked ? payloads[0] : undefined;
  const elementType = elementTypeOf(dataType);
  const chunk = raw ?? (packed && packedLikeRaw.get(packed.field) === elementType ? packed : undefined);
  const payload = isExternal ? externalPayload(name, external) : (chunk ?? { kind: 'typed' });
  return { name, dims, elementType, payload, message };
}

function tooManyAxes(): OnnxFormatError {
  return new OnnxFormatError(`A tensor has more than ${String(highestRank)} axes.`);
}

/** How many numbers a tensor holds. */
function elementCount(tensor: Pick<OnnxTensor, 'dims'>): number {
  // The product of the others may be beyond all numbers.
  if (tensor.dims.includes(0)) return 0;
  return tensor.dims.reduce((product, size) => product * size, 1);
}

/** Bytes that a tensor's numbers take as raw data; undefined for text and unknown types. */
export function rawBytes(tensor: Pick<OnnxTensor, 'dims' | 'elementType'>): number | undefined {
  return packedBytes(tensor.elementType, elementCount(tensor));
}

function fileRange(field: Field): TensorPayload & { kind: 'file' } {
  return { kind: 'file', field: field.number, ...field.range };
}

/** Reads a StringStringEntryProto into `entries`. */
function readEntry(source: FileSource, range: ByteRange, entries: Map<string, string>): void {
  let key = '';
  let value = '';
  for (const field of fieldsOf(source, range, 'an external data entry')) {
    if (field.number === 1) key = field.name;
    else if (field.number === 2) value = field.name;
  }
  entries.set(key, value);
}

function externalPayload(name: string, entries: ReadonlyMap<string, string>): TensorPayload {
  const location = entries.get('location');
  if (!location) throw new OnnxFormatError(`Tensor “${name}” lies in another file that is not named.`);
  return {
    kind: 'external',
    location,
    offset: byteCount(name, entries.get('offset')) ?? 0,
    length: byteCount(name, entries.get('length')),
  };
}

function byteCount(name: string, text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  const count = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(count)) return count;
  throw new OnnxFormatError(
    `Tensor “${name}” names an impossible place in its data file (${text.slice(0, 40)}).`,
  );
}
