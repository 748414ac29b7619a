import type { NewInitializer, NewInput, NewNode } from './edit';
import { elementTypeCode, type ElementType } from './elementTypes';
import { tensorFields } from './readTensor';
import type { WireWriter } from './wireWriter';

/** Writes the contents of a NodeProto. */
export function writeNode(writer: WireWriter, node: NewNode): void {
  for (const input of node.inputs) writer.text(1, input);
  for (const output of node.outputs) writer.text(2, output);
  writer.text(4, node.opType);
  for (const [name, attribute] of Object.entries(node.attributes ?? {})) {
    writer.message(5, (nested) => {
      nested.text(1, name);
      if (attribute.kind === 'float') nested.float(2, attribute.value).int(20, 1);
      else if (attribute.kind === 'int') nested.int(3, attribute.value).int(20, 2);
      else if (attribute.kind === 'string') nested.text(4, attribute.value).int(20, 3);
      else {
        for (const value of attribute.value) nested.int(8, value);
        nested.int(20, 7);
      }
    });
  }
  if (node.domain) writer.text(7, node.domain);
}

/** Writes the contents of a ValueInfoProto. */
export function writeInput(writer: WireWriter, input: NewInput): void {
  writer.text(1, input.name).message(2, (type) =>
    type.message(1, (tensor) => {
      tensor.int(1, elementTypeCode(input.elementType));
      const { dims } = input;
      if (dims === undefined) return;
      tensor.message(2, (shape) => {
        for (const size of dims) {
          shape.message(1, (dimension) => {
            if (typeof size === 'number') dimension.int(1, size);
            else if (typeof size === 'string') dimension.text(2, size);
          });
        }
      });
    }),
  );
}

/** Writes the contents of a TensorProto that holds its own data. */
export function writeInitializer(writer: WireWriter, { name, dims, data }: NewInitializer): void {
  for (const size of dims) writer.int(tensorFields.dims, size);
  writer.int(tensorFields.dataType, elementTypeCode(typeOf(data)));
  writer.text(tensorFields.name, name);
  writer.bytes(tensorFields.rawData, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

function typeOf(data: NewInitializer['data']): ElementType {
  if (data instanceof Float32Array) return 'float32';
  if (data instanceof BigInt64Array) return 'int64';
  return data instanceof Int32Array ? 'int32' : 'uint8';
}
