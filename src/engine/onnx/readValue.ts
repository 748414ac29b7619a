import { elementTypeOf, type ElementType } from './elementTypes';
import type { ByteRange, FileSource } from './fileSource';
import type { Dimension, OnnxValue } from './types';
import { fieldsOf } from './wire';

/** Reads a ValueInfoProto; what is not a tensor has an unknown element type and no dims. */
export function readValue(source: FileSource, message: ByteRange): OnnxValue {
  let name = '';
  let elementType: ElementType = 'unknown';
  let dims: readonly Dimension[] | undefined;
  for (const field of fieldsOf(source, message, 'a value')) {
    if (field.number === 1) name = field.name;
    if (field.number !== 2) continue;
    for (const type of fieldsOf(source, field.range, 'a type')) {
      if (type.number !== 1) continue;
      for (const part of fieldsOf(source, type.range, 'a tensor type')) {
        if (part.number === 1) elementType = elementTypeOf(part.int);
        else if (part.number === 2) dims = readShape(source, part.range);
      }
    }
  }
  return { name, elementType, dims };
}

function readShape(source: FileSource, shape: ByteRange): Dimension[] {
  const dims: Dimension[] = [];
  for (const field of fieldsOf(source, shape, 'a shape')) {
    if (field.number === 1) dims.push(readDimension(source, field.range));
  }
  return dims;
}

function readDimension(source: FileSource, range: ByteRange): Dimension {
  let dimension: Dimension;
  for (const field of fieldsOf(source, range, 'a dimension')) {
    // Exporters write 0 and -1 for what they do not know.
    if (field.number === 1) dimension = field.int > 0 ? field.int : undefined;
    else if (field.number === 2) dimension = field.name || undefined;
  }
  return dimension;
}
