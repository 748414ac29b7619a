import type { NodeBuilder } from '../nodeBuilder';
import type { OnnxNode } from '../types';
import type { GraphView } from './graphView';
import { present, recomputed } from './sources';
import type { TensorSource } from './types';
import { isComputedWave } from './waves';

/** A vector for each token, one of those that are summed to what a stack reads. */
export interface Addend {
  readonly kind: 'token' | 'position' | 'segment' | 'other';
  readonly source: TensorSource;
  /** The stored vectors, where there is a table. */
  readonly table: string | undefined;
}

/** A vector before it is known what it stands for. */
interface Unnamed extends Omit<Addend, 'kind'> {
  /** What chooses rows of the table: the input of positions, another input as it is, or something else. */
  readonly chosenBy: 'positionInput' | 'input' | 'computed' | undefined;
}

/** A table of so few rows is one of segments. */
const mostSegments = 4;

/** Vectors that are summed: no model has more kinds. */
const mostAddends = 16;

/** Nodes between a table, or ids, and where they are used. */
const mostSteps = 16;

/** The exporters' name for the input that tells positions; its table is else like one of segments. */
const positionInput = /^position_ids(:\d+)?$/;

/** The vectors that some tensors are sums of, before any is scaled. */
export function addendsOf(view: GraphView, sums: readonly string[]): Addend[] {
  const found: Unnamed[] = [];
  const open = [...sums];
  for (const tensor of open) {
    if (open.length > mostAddends) break;
    const node = view.producer(view.base(tensor));
    const isSum = !view.isConstant(tensor) && (node?.opType === 'Add' || node?.opType === 'Sum');
    if (isSum) open.push(...node.inputs.filter((each) => !isNumber(view, each)));
    else found.push(lookup(view, unscaled(view, tensor)));
  }
  return named(view, found);
}

/** What onnxruntime's fused embedding looks up: token and segment ids, three tables, norm, mask, position ids. */
export function fusedAddendsOf(view: GraphView, { inputs, opType }: OnnxNode): Addend[] {
  const [ids = '', segments = '', tokens = '', positions = '', kinds = '', , , , places = ''] = inputs;
  const again = (table: string, indices: (builder: NodeBuilder) => string): Omit<Addend, 'kind'> => {
    const builder = view.builder();
    const source = recomputed(builder, builder.op('Gather', [table, indices(builder)]), opType);
    return { source, table };
  };
  const position = again(positions, (builder) => places || builder.positions(builder.size(ids, 1)));
  return [
    { ...again(tokens, () => ids), kind: 'token' },
    { ...position, kind: 'position' },
    ...(kinds && segments ? [{ ...again(kinds, () => segments), kind: 'segment' as const }] : []),
  ];
}

/** Rows of a table, whatever axes of size 1 stand before them or, where tokens come first, after them. */
export function tableRows(view: GraphView, table: string | undefined): number | undefined {
  const axes = view.shapes.get(table ?? '')?.slice(0, -1) ?? [];
  const [rows = 1, more] = axes.filter((size) => size !== 1);
  return axes.length > 0 && typeof rows === 'number' && more === undefined ? rows : undefined;
}

function isNumber(view: GraphView, tensor: string): boolean {
  return view.isConstant(tensor) && !view.isVector(tensor);
}

/** Before the multiplication by √H. */
function unscaled(view: GraphView, tensor: string): string {
  const node = view.producer(view.base(tensor));
  const isScaled = node?.opType === 'Mul' && node.inputs.some((each) => isNumber(view, each));
  return (isScaled && node.inputs.find((each) => !isNumber(view, each))) || tensor;
}

/** The stored table behind a vector, and what chooses its rows. */
function lookup(view: GraphView, tensor: string): Unnamed {
  const source = present(tensor);
  let name = tensor;
  // Tables are cut to the length of the text, and shared among the sequences.
  for (let steps = 0; steps < mostSteps && !view.isConstant(name); steps++) {
    const node = view.producer(view.base(name));
    if (!node || !['Expand', 'Slice', 'Tile'].includes(node.opType)) break;
    [name = ''] = node.inputs;
  }
  if (view.isConstant(name)) return { source, table: name, chosenBy: 'computed' };
  const node = view.producer(view.base(name));
  const [table = '', indices = ''] = node?.opType.startsWith('Gather') ? node.inputs : [];
  if (!view.isConstant(table)) return { source, table: undefined, chosenBy: undefined };
  return { source, table, chosenBy: chosenBy(view, indices) };
}

function chosenBy(view: GraphView, indices: string): Unnamed['chosenBy'] {
  let name = view.base(indices);
  // TensorFlow guards its ids by a range; others cut them.
  for (let steps = 0; steps < mostSteps; steps++) {
    const node = view.producer(name);
    if (!node?.inputs[0] || !['Clip', 'Max', 'Min', 'Slice'].includes(node.opType)) break;
    name = view.base(node.inputs[0]);
  }
  if (view.model.inputs.some((input) => input.name === name)) {
    return positionInput.test(name) ? 'positionInput' : 'input';
  }
  return 'computed';
}

/**
 * The largest table of those that inputs choose from is the tokens'. The positions' is the one that the input of
 * positions chooses from, or the largest of those that are chosen from by something computed, or the largest left.
 */
function named(view: GraphView, addends: readonly Unnamed[]): Addend[] {
  const rows = ({ table }: Unnamed): number => tableRows(view, table) ?? Infinity;
  const largest = (some: readonly Unnamed[]): Unnamed | undefined =>
    some.reduce<Unnamed | undefined>(
      (best, each) => (best && rows(best) >= rows(each) ? best : each),
      undefined,
    );
  const chosen = (by: Unnamed['chosenBy']): Unnamed[] => addends.filter((each) => each.chosenBy === by);
  const token = largest(chosen('input'));
  const isLarge = (each: Unnamed): boolean => each !== token && rows(each) > mostSegments;
  const position =
    chosen('positionInput')[0] ??
    largest(chosen('computed').filter(isLarge)) ??
    largest(chosen('input').filter(isLarge)) ??
    chosen(undefined).find(({ source }) => isComputedWave(view, source));
  return addends.map(({ source, table }, at): Addend => {
    const rest = table === undefined ? 'other' : 'segment';
    const kind = addends[at] === token ? 'token' : addends[at] === position ? 'position' : rest;
    return { kind, source, table };
  });
}
