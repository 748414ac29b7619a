import type { ElementType } from './elementTypes';
import type { GraphIndex } from './structure';
import type { OnnxTensor } from './types';

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

/** More of them than any exporter writes in a row. */
const mostSteps = 32;

/** More numbers than any list of axes or shape has, and more parts than one is put together from. */
const mostNumbers = 64;

/** Element types whose numbers are what their bytes say. */
const plainNumbers: ReadonlySet<ElementType> = new Set(['float32', 'float64', 'int32', 'int64']);

/** The tensor before changes of form. */
function unformed(index: GraphIndex, tensor: string): string {
  let name = tensor;
  for (let steps = 0; steps < mostSteps; steps++) {
    const node = index.producer(name);
    if (!node?.inputs[0] || !formOnly.has(node.opType)) break;
    [name] = node.inputs as [string];
  }
  return name;
}

/** The numbers of a small integer constant (axes, a shape); undefined where it is not one. */
export function constantInts(index: GraphIndex, tensor: string | undefined): readonly number[] | undefined {
  if (tensor === undefined || tensor === '') return undefined;
  const name = unformed(index, tensor);
  const node = index.producer(name);
  const list = node?.opType === 'Constant' ? node.attributes.get('value_ints') : undefined;
  if (list?.kind === 'ints') return list.value.length <= mostNumbers ? list.value : undefined;
  const one = node?.opType === 'Constant' ? node.attributes.get('value_int') : undefined;
  if (one?.kind === 'int') return [one.value];
  const stored = storedConstant(index, name);
  if (stored === undefined || (stored.elementType !== 'int64' && stored.elementType !== 'int32'))
    return undefined;
  const data = index.reads.small(stored);
  return data && Array.from<number | bigint, number>(data, Number);
}

/** The numbers of a list put together from parts; undefined in the place of each that is not constant. */
export function partlyConstantInts(
  index: GraphIndex,
  tensor: string | undefined,
): readonly (number | undefined)[] | undefined {
  const name = unformed(index, tensor ?? '');
  const node = index.producer(name);
  if (node?.opType !== 'Concat') return constantInts(index, name);
  if (node.inputs.length > mostNumbers) return undefined;
  return node.inputs.flatMap((part): readonly (number | undefined)[] => {
    return constantInts(index, part) ?? [undefined];
  });
}

/** The one number of a constant that holds a single one; undefined where it is not such. */
export function constantNumber(index: GraphIndex, tensor: string | undefined): number | undefined {
  if (tensor === undefined || !index.isConstant(tensor)) return undefined;
  const name = unformed(index, tensor);
  const node = index.producer(name);
  const one = node?.opType === 'Constant' ? node.attributes.get('value_float') : undefined;
  if (one?.kind === 'float') return one.value;
  const stored = storedConstant(index, name);
  if (!stored || !plainNumbers.has(stored.elementType) || stored.dims.some((size) => size !== 1))
    return undefined;
  const data = index.reads.small(stored);
  return data && Number(data[0]);
}
