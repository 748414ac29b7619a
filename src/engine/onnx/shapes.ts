import { storedConstant } from './constants';
import { shapeRules } from './shapeRules';
import type { GraphIndex } from './structure';
import type { OnnxModel, OnnxValue } from './types';

/** A size, the axis of sequences in the batch, the axis of tokens, or unknown. */
export type Axis = number | 'batch' | 'tokens' | undefined;

/** What is known of a tensor's shape: at least its rank. */
export type Shape = readonly Axis[];

/** Larger ranks are damage or an attack. */
const highestRank = 16;

const known = new WeakMap<GraphIndex, ReadonlyMap<string, Shape>>();

/** The shapes of a graph's tensors, inferred when they are first asked for. */
export function shapesOf(index: GraphIndex): ReadonlyMap<string, Shape> {
  const shapes = known.get(index) ?? inferShapes(index);
  known.set(index, shapes);
  return shapes;
}

/**
 * Follows the axes of tokens and the sizes of constants through the graph, as far as simple rules and
 * the exporter's own descriptions reach. Tensors of unknown rank are not in the result.
 */
function inferShapes(index: GraphIndex): ReadonlyMap<string, Shape> {
  const { model } = index;
  const { names: axisNames, tokens } = inputAxes(model);
  const shapes = new Map<string, Shape>();
  const learn = (name: string, shape: Shape | undefined): void => {
    if (name !== '' && shape !== undefined && shape.length <= highestRank) shapes.set(name, shape);
  };
  for (const { name, dims } of model.initializers.values()) learn(name, dims);
  for (const input of model.inputs) {
    const shape = isTokenTable(input) ? (['batch', 'tokens'] as const) : declaredShape(input, axisNames);
    learn(input.name, shape);
  }
  const outputs = new Map(model.outputs.map((output) => [output.name, output]));
  for (const node of model.nodes) {
    const stored = node.opType === 'Constant' ? storedConstant(index, node.outputs[0] ?? '') : undefined;
    const computed = stored?.dims ?? shapeRules.get(node.opType)?.(node, (name) => shapes.get(name), index);
    node.outputs.forEach((name, position) => {
      const value = model.valueInfo.get(name) ?? outputs.get(name);
      const described = value && declaredShape(value, axisNames);
      // A graph exported for texts of one length describes that length.
      const declared = described?.[1] === tokens ? described?.with(1, 'tokens') : described;
      // Operators with several outputs of one rank are Split; of others only the first is described.
      const isDescribed = position === 0 || node.opType === 'Split';
      const isScaleOrZero = position > 0 && node.opType === 'DynamicQuantizeLinear';
      learn(name, isDescribed ? merge(computed, declared) : isScaleOrZero ? [] : declared);
    });
  }
  return shapes;
}

/** Token ids, segment ids and attention masks are whole numbers by sequence and token. */
function isTokenTable({ elementType, dims }: OnnxValue): boolean {
  return (elementType === 'int64' || elementType === 'int32') && dims?.length === 2;
}

/** The exporter's names for the two axes of the token inputs, and the number of tokens where it is fixed. */
function inputAxes(model: OnnxModel): { names: ReadonlyMap<string, Axis>; tokens: number | null } {
  const names = new Map<string, Axis>();
  let fixed: number | null = null;
  for (const input of model.inputs.filter(isTokenTable)) {
    const [batch, tokens] = input.dims ?? [];
    if (typeof tokens === 'number') fixed = tokens;
    if (batch === tokens) continue;
    if (typeof batch === 'string') names.set(batch, 'batch');
    if (typeof tokens === 'string') names.set(tokens, 'tokens');
  }
  return { names, tokens: fixed };
}

function declaredShape({ dims }: OnnxValue, axisNames: ReadonlyMap<string, Axis>): Shape | undefined {
  return dims?.map((dimension) => (typeof dimension === 'string' ? axisNames.get(dimension) : dimension));
}

/** A computed axis counts first: it knows tokens from a hidden size that happens to be equal. */
function merge(computed: Shape | undefined, declared: Shape | undefined): Shape | undefined {
  if (computed === undefined || computed.length !== declared?.length) return computed ?? declared;
  return computed.map((axis, position) => axis ?? declared[position]);
}
