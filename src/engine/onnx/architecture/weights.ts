import type { GraphView } from './graphView';
import type { BlockKind, WeightBlock } from './types';

/** A block and the constants that it uses. */
export interface BlockUse {
  readonly block: BlockKind;
  readonly stack: number | undefined;
  readonly layer?: number;
  readonly output?: string;
  readonly constants: readonly string[];
}

/**
 * The initializers of each block, blocks with one set of weights joined, in the order given. Each initializer is
 * counted once, with the first block that uses it.
 */
export function weightBlocks(view: GraphView, uses: readonly BlockUse[]): WeightBlock[] {
  const blocks = new Map<string, { use: BlockUse; layers: number[]; initializers: string[] }>();
  for (const use of uses) {
    const initializers = [...new Set(use.constants.flatMap((name) => weightsBehind(view, name)))];
    if (initializers.length === 0) continue;
    const key = [use.block, use.stack, use.output, ...initializers].join('\n');
    const known = blocks.get(key) ?? { use, layers: [], initializers };
    if (use.layer !== undefined) known.layers.push(use.layer);
    blocks.set(key, known);
  }
  const counted = new Set<string>();
  return [...blocks.values()].map(({ use, layers, initializers }): WeightBlock => {
    const { block, stack, output } = use;
    const tied = initializers.filter((name) => counted.has(name));
    const own = initializers.filter((name) => !counted.has(name));
    for (const name of own) counted.add(name);
    const parameters = own.reduce((sum, name) => sum + sizeOf(view, name), 0);
    return { block, stack, layers, ...(output !== undefined && { output }), initializers, tied, parameters };
  });
}

/** Element types of weights; whole numbers of more bits are indices. */
const weightTypes = /^(float|bfloat|int4|uint4|int8|uint8)/;

/** The initializers behind a constant, indices and single numbers left out. */
function weightsBehind(view: GraphView, constant: string): string[] {
  return view.initializersBehind(constant).filter((name) => {
    const { dims, elementType } = view.model.initializers.get(name)!;
    return dims.length > 0 && weightTypes.test(elementType);
  });
}

function sizeOf(view: GraphView, name: string): number {
  return view.model.initializers.get(name)!.dims.reduce((product, size) => product * size, 1);
}
