import { Tensor, type InferenceSession } from 'onnxruntime-common';
import { writeInput, writeNode } from './onnx/writeGraph';
import { WireWriter } from './onnx/wireWriter';
import { openSession } from './runtime';

let opening: Promise<InferenceSession> | undefined;

/**
 * The product of two square matrices, as onnxruntime multiplies them: many times faster than a loop here.
 * @param left `[size][size]`, row by row. @param right the same.
 */
export async function matrixProduct(
  left: Float32Array,
  right: Float32Array,
  size: number,
): Promise<Float32Array> {
  const session = await (opening ??= openProduct());
  const matrix = (values: Float32Array): Tensor => new Tensor('float32', values, [size, size]);
  const { product } = await session.run({ left: matrix(left), right: matrix(right) });
  return product!.data as Float32Array;
}

async function openProduct(): Promise<InferenceSession> {
  try {
    // One thread is within whatever the settings allow.
    return await openSession(
      { bytes: productModel(), files: new Map(), sessionConfig: {} },
      { threads: 1, device: 'cpu', fellBack: () => {} },
    );
  } catch (error) {
    opening = undefined; // The next call tries again.
    throw error;
  }
}

/** A model of one node, as a ModelProto. */
function productModel(): Uint8Array {
  const matrix = (name: string) => (writer: WireWriter) =>
    writeInput(writer, { name, elementType: 'float32', dims: ['size', 'size'] });
  return new WireWriter()
    .int(1, 7) // ir_version
    .message(7, (graph) =>
      graph
        .message(1, (node) =>
          writeNode(node, { opType: 'MatMul', inputs: ['left', 'right'], outputs: ['product'] }),
        )
        .text(2, 'product')
        .message(11, matrix('left'))
        .message(11, matrix('right'))
        .message(12, matrix('product')),
    )
    .message(8, (opset) => opset.int(2, 13))
    .finish();
}
