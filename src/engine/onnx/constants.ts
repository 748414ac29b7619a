import type { ElementType } from './elementTypes';
import type { GraphIndex } from './structure';
import { readTensorData } from './tensorData';
import type { OnnxTensor } from './types';

/** More than any list of axes or shape needs. */
const smallBytes = 512;

/** The tensor behind a constant that is stored as it is; undefined for a computed one. */
export function storedConstant(index: GraphIndex, name: string): OnnxTensor | undefined {
  const initializer = index.model.initializers.get(name);
  if (initializer !== undefined) return initializer;
  const node = index.producer(name);
  const value = node?.opType === 'Constant' ? node.attributes.get('value') : undefined;
  return value?.kind === 'tensor' ? value.value : undefined;
}

/** Operators that leave a list's numbers as they are. */
const formOnly = new Set(['Cast', 'Identity', 'Squeeze', 'Unsqueeze']);

/** Element types whose numbers are what their bytes say. */
const plainNumbers: ReadonlySet<ElementType> = new Set(['float32', 'float64', 'int32', 'int64']);

/** The numbers of a small integer constant (axes, a shape); undefined where it is not one. */
export function constantInts(index: GraphIndex, name: string | undefined): number[] | undefined {
  if (name === undefined || name === '') return undefined;
  const node = index.producer(name);
  const list = node?.opType === 'Constant' ? node.attributes.get('value_ints') : undefined;
  if (list?.kind === 'ints') return [...list.value];
  const one = node?.opType === 'Constant' ? node.attributes.get('value_int') : undefined;
  if (one?.kind === 'int') return [one.value];
  if (node && index.isConstant(name) && formOnly.has(node.opType)) return constantInts(index, node.inputs[0]);
  const tensor = storedConstant(index, name);
  if (tensor === undefined || (tensor.elementType !== 'int64' && tensor.elementType !== 'int32'))
    return undefined;
  return Array.from<number | bigint, number>(readTensorData(index.model, tensor, smallBytes), Number);
}

/** The numbers of a list put together from parts; undefined in the place of each that is not constant. */
export function partlyConstantInts(
  index: GraphIndex,
  name: string | undefined,
): (number | undefined)[] | undefined {
  const node = name === undefined ? undefined : index.producer(name);
  if (node && formOnly.has(node.opType)) return partlyConstantInts(index, node.inputs[0]);
  if (node?.opType !== 'Concat') return constantInts(index, name);
  return node.inputs.flatMap((part): (number | undefined)[] => constantInts(index, part) ?? [undefined]);
}

/** The one number of a constant that holds a single one; undefined where it is not such. */
export function constantNumber(index: GraphIndex, name: string | undefined): number | undefined {
  if (name === undefined || !index.isConstant(name)) return undefined;
  const node = index.producer(name);
  const one = node?.opType === 'Constant' ? node.attributes.get('value_float') : undefined;
  if (one?.kind === 'float') return one.value;
  if (node && formOnly.has(node.opType)) return constantNumber(index, node.inputs[0]);
  const tensor = storedConstant(index, name);
  if (!tensor || !plainNumbers.has(tensor.elementType) || tensor.dims.some((size) => size !== 1))
    return undefined;
  return Number(readTensorData(index.model, tensor, smallBytes)[0]);
}
