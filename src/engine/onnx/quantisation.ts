import { storedConstant } from './constants';
import { indexOf } from './structure';
import type { OnnxModel } from './types';

/** Operators that quantise what the graph computes, or compute with it quantised; DequantizeLinear is none. */
const activationQuantisers = /Quantize|Integer|^Q[A-Z]/;

const storedTypes = new Set(['int8', 'uint8']);

/**
 * Whether a graph stores weights as 8-bit integers and computes with nothing but real numbers: each
 * DequantizeLinear reads a stored tensor, and no other operator quantises. False where subgraphs or functions,
 * which are not read, may do so.
 */
export function quantisesWeightsOnly(model: OnnxModel): boolean {
  const index = indexOf(model);
  const unpackers = model.nodes.filter(({ opType }) => opType === 'DequantizeLinear');
  return (
    unpackers.length > 0 &&
    unpackers.every(({ inputs }) =>
      storedTypes.has(storedConstant(index, inputs[0] ?? '')?.elementType ?? ''),
    ) &&
    model.functions.length === 0 &&
    !model.nodes.some(
      ({ opType, attributes }) =>
        activationQuantisers.test(opType) || [...attributes.values()].some(({ kind }) => kind === 'graphs'),
    )
  );
}

/** Whether numbers are rounded by the range of all that is computed at once, so that texts of a batch change each other. */
export function quantisesByRange(model: OnnxModel): boolean {
  return (
    model.functions.length > 0 ||
    model.nodes.some(({ opType }) => /^(Dynamic|QAttention)|Integer/.test(opType))
  );
}
