import * as l10n from '@vscode/l10n';
import type { NodeBuilder } from '../nodeBuilder';
import type { OnnxNode } from '../types';
import { isFormOnly, type GraphView } from './graphView';
import { linearBefore, type Linear } from './linear';
import { addedInside, type Norms } from './norms';
import { isOfShapes } from './scoring';
import { storedNumbers } from './storedNumbers';
import { addedAgain, missing, present, recomputed } from './sources';
import type { Embeddings, Positions, TensorSource } from './types';

/** The embeddings of a stack before its layers are known. */
export interface FoundEmbeddings {
  readonly description: Omit<Embeddings, 'positions' | 'relativeBias'>;
  readonly position: Extract<Positions, 'learned' | 'sinusoidal'> | undefined;
  /** Entries of the token table. */
  readonly vocabularySize: number | undefined;
  /** Constants: tables, norm and projection. */
  readonly weights: readonly string[];
}

/** A vector for each token, one of those that are summed. */
interface Addend {
  readonly kind: 'token' | 'position' | 'segment' | 'other';
  readonly source: TensorSource;
  /** The stored vectors, where there is a table. */
  readonly table: string | undefined;
}

/** A table of so few rows is one of segments. */
const mostSegments = 4;

/** Vectors that are summed: no model has more kinds. */
const mostAddends = 16;

/** The exporters' name for the input that tells positions; its table is else like one of segments. */
const positionInput = /^position_ids(:\d+)?$/;

/** What storing as int8 leaves of the mean of squares. */
const roundingOfSquares = 5e-3;

/** Largest table that is read to see whether it holds sines and cosines. */
const mostTableBytes = 2 ** 26;

/** Takes apart what the first layer of a stack reads. @param stream [B, S, H] */
export function embeddingsOf(view: GraphView, norms: Norms, stream: string): FoundEmbeddings {
  const projection = projectionBefore(view, stream);
  const before = unmasked(view, norms, view.base(projection?.input ?? stream));
  const norm = norms.giving(before);
  const fused = norm?.adder?.opType === 'EmbedLayerNormalization' ? norm.adder : undefined;
  const sum = norm ? norm.input : before;
  const added = norm?.adder && addedInside(view, norm.adder)?.terms;
  const addends = named(
    view,
    fused ? fusedAddends(view, fused) : (added ?? [sum ?? before]).flatMap((term) => addendsOf(view, term)),
  );
  const first = (kind: Addend['kind']): Addend | undefined => addends.find((addend) => addend.kind === kind);
  const [token, position, segment] = [first('token'), first('position'), first('segment')];
  return {
    description: {
      token: token?.source ?? unreadTokens(view, sum ?? before),
      position: position?.source ?? missing(l10n.t('No position embedding is added to the token embedding.')),
      segment: segment?.source ?? missing(l10n.t('No segment embedding is added to the token embedding.')),
      sum: sum === undefined ? summedAgain(view, norm!.adder!, addends) : present(sum),
      norm: norm ? present(norm.output) : missing(l10n.t('The embeddings are not normed.')),
      projection: projection
        ? present(projection.output)
        : missing(l10n.t('The embeddings are as wide as the hidden states.')),
    },
    position: position && (isSinusoidal(view, position) ? 'sinusoidal' : 'learned'),
    vocabularySize: tableRows(view, token?.table),
    weights: [
      ...addends.flatMap(({ table }) => table ?? []),
      ...(norm?.weights ?? []),
      ...(projection?.weights ?? []),
    ],
  };
}

/** ALBERT's and ELECTRA's linear layer from embeddings to hidden states. */
function projectionBefore(view: GraphView, stream: string): Linear | undefined {
  return linearBefore(view, view.base(stream));
}

/** DeBERTa multiplies its normed embeddings with the attention mask. */
function unmasked(view: GraphView, norms: Norms, tensor: string): string {
  const node = view.producer(tensor);
  const normed = node?.opType === 'Mul' ? node.inputs.find((input) => norms.giving(input)) : undefined;
  return normed !== undefined && !norms.giving(tensor) ? normed : tensor;
}

/** The sum that the operator `adder` makes before it norms it. */
function summedAgain(view: GraphView, adder: OnnxNode, addends: readonly Addend[]): TensorSource {
  const inside = addedInside(view, adder);
  if (inside)
    return addedAgain(
      view,
      [...inside.terms, ...(inside.bias === undefined ? [] : [inside.bias])],
      adder.opType,
    );
  const terms = addends.flatMap(({ source }) => (source.how === 'recomputed' ? source : []));
  const builder = view.builder();
  const sum = terms.map(({ tensor }) => tensor).reduce((left, right) => builder.op('Add', [left, right]));
  const edits = [...terms.map(({ edit }) => edit), builder.edit];
  const edit = {
    addNodes: edits.flatMap(({ addNodes }) => addNodes),
    addInitializers: edits.flatMap(({ addInitializers }) => addInitializers),
  };
  return recomputed({ edit }, sum, adder.opType);
}

function unreadTokens(view: GraphView, tensor: string): TensorSource {
  const isInput = view.model.inputs.some(({ name }) => name === view.base(tensor));
  return missing(
    isInput
      ? l10n.t('The graph takes embeddings in place of token ids.')
      : l10n.t('The graph looks up no table by token ids.'),
  );
}

/** A vector before it is known what it stands for. */
interface Unnamed {
  readonly source: TensorSource;
  readonly table: string | undefined;
  /** What chooses rows: an input of the graph as it is, something computed, or nothing. */
  readonly chosenBy: string | 'computed' | 'shapes' | undefined;
}

function addendsOf(view: GraphView, sum: string): Unnamed[] {
  const found: Unnamed[] = [];
  const open = [sum];
  for (const tensor of open) {
    const node = view.producer(view.base(tensor));
    if (open.length > mostAddends) break;
    if (node?.opType === 'Add' && !view.isConstant(tensor))
      open.push(...node.inputs.filter((each) => !isNumber(view, each)));
    else if (node?.opType === 'Sum') open.push(...node.inputs);
    else found.push(lookup(view, unscaled(view, tensor)));
  }
  return found;
}

function isNumber(view: GraphView, tensor: string): boolean {
  return view.isConstant(tensor) && !view.isVector(tensor);
}

/** Before the multiplication by √H. */
function unscaled(view: GraphView, tensor: string): string {
  const node = view.producer(view.base(tensor));
  const scaling =
    node && ['Mul', 'Div'].includes(node.opType) && node.inputs.some((each) => isNumber(view, each));
  return scaling ? unscaled(view, node.inputs.find((each) => !isNumber(view, each)) ?? '') : tensor;
}

/** The stored table and what chooses its rows. */
function lookup(view: GraphView, tensor: string): Unnamed {
  const source = present(tensor);
  if (view.isConstant(tensor)) return { source, table: tensor, chosenBy: 'shapes' };
  let node = view.producer(view.base(tensor));
  // Tables that are cut to the length of the text, and shared among the sequences.
  while (node && ['Expand', 'Slice', 'Tile'].includes(node.opType)) {
    const [data = ''] = node.inputs;
    if (view.isConstant(data)) return { source, table: data, chosenBy: 'shapes' };
    node = view.producer(view.base(data));
  }
  const [table = '', indices = ''] = node?.inputs ?? [];
  const isLookup =
    node?.opType === 'Gather' || node?.opType === 'GatherND' || node?.opType === 'GatherBlockQuantized';
  if (!isLookup || !view.isConstant(table)) return { source, table: undefined, chosenBy: undefined };
  return { source, table, chosenBy: chosenBy(view, indices) };
}

function chosenBy(view: GraphView, indices: string): Unnamed['chosenBy'] {
  const base = withoutClipping(view, indices);
  if (view.model.inputs.some(({ name }) => name === base)) return base;
  return view.isConstant(indices) || isOfShapes(view, indices) ? 'shapes' : 'computed';
}

/** TensorFlow's embedding guards its ids by Clip, Max and Min; others shift or cut them. */
function withoutClipping(view: GraphView, indices: string): string {
  const base = view.base(indices);
  const node = view.producer(base);
  const guards = node && ['Clip', 'Slice', 'Max', 'Min'].includes(node.opType);
  return guards && node.inputs[0] ? withoutClipping(view, node.inputs[0]) : base;
}

/** onnxruntime's fused embedding: token and segment ids, three tables, norm, mask and position ids. */
function fusedAddends(view: GraphView, { inputs, opType }: OnnxNode): Unnamed[] {
  const [ids = '', segments = '', tokens = '', positions = '', kinds = '', , , , places = ''] = inputs;
  const addends: Unnamed[] = [
    { ...lookupAgain(view, tokens, () => ids, opType), chosenBy: view.base(ids) },
    {
      ...lookupAgain(view, positions, (builder) => places || builder.positions(builder.size(ids, 1)), opType),
      chosenBy: 'shapes',
    },
  ];
  if (kinds === '' || segments === '') return addends;
  return [...addends, { ...lookupAgain(view, kinds, () => segments, opType), chosenBy: view.base(segments) }];
}

function lookupAgain(
  view: GraphView,
  table: string,
  indices: (builder: NodeBuilder) => string,
  opType: string,
): Pick<Unnamed, 'source' | 'table'> {
  const builder = view.builder();
  return { source: recomputed(builder, builder.op('Gather', [table, indices(builder)]), opType), table };
}

/**
 * The largest table of those that inputs choose from as they are is the tokens'. Of the others the largest that
 * is chosen from by something computed is the positions', or one by the input that tells positions.
 */
function named(view: GraphView, addends: readonly Unnamed[]): Addend[] {
  const rows = (addend: Unnamed): number => tableRows(view, addend.table) ?? Infinity;
  const largest = (some: Unnamed[]): Unnamed | undefined =>
    some.reduce<Unnamed | undefined>(
      (best, each) => (best && rows(best) >= rows(each) ? best : each),
      undefined,
    );
  const tables = addends.filter(({ table }) => table !== undefined);
  const byInput = tables.filter(({ chosenBy }) => chosenBy !== 'computed' && chosenBy !== 'shapes');
  const token = largest(byInput.filter(({ chosenBy }) => !positionInput.test(chosenBy ?? '')));
  const position =
    byInput.find(({ chosenBy }) => positionInput.test(chosenBy ?? '')) ??
    largest(tables.filter((each) => !byInput.includes(each) && rows(each) > mostSegments)) ??
    largest(byInput.filter((each) => each !== token && rows(each) > mostSegments)) ??
    addends.find((each) => each.table === undefined && isWave(view, each));
  return addends.map((each): Addend => {
    const rest = each.table === undefined ? 'other' : 'segment';
    return { ...each, kind: each === token ? 'token' : each === position ? 'position' : rest };
  });
}

/** Whether a vector is computed from sines of positions. */
function isWave(view: GraphView, { source }: Pick<Unnamed, 'source'>): boolean {
  if (source.how !== 'present') return false;
  const open = new Set([source.tensor]);
  const types = new Set<string>();
  for (const tensor of open) {
    const node = view.producer(tensor);
    if (!node || open.size > 200) continue;
    types.add(node.opType);
    if (!isFormOnly(node) || node.inputs[0]) for (const input of node.inputs) open.add(input);
  }
  return types.has('Sin') && types.has('Cos');
}

/** In every row sines and cosines of the same angles: its squares add up to half its length. */
function isSinusoidal(view: GraphView, { source, table }: Addend): boolean {
  if (table === undefined) return isWave(view, { source });
  const width = view.width(table);
  let numbers: ArrayLike<number> | undefined;
  try {
    numbers = storedNumbers(view, table, mostTableBytes);
  } catch {
    // Too large, or damaged: the session will tell.
  }
  if (!width || !numbers) return false;
  const rows = numbers.length / width;
  let waves = 0;
  for (let row = 0; row < rows; row++) {
    let squares = 0;
    for (let at = row * width; at < (row + 1) * width; at++) squares += numbers[at]! ** 2;
    if (Math.abs(squares / width - 0.5) < roundingOfSquares) waves++;
  }
  // A row or two of padding may be zero.
  return waves > 0 && waves >= rows - 2;
}

/** Rows of a table, whatever axes of size 1 stand before them. */
function tableRows(view: GraphView, table: string | undefined): number | undefined {
  const rows = view.shapes.get(table ?? '')?.at(-2);
  return typeof rows === 'number' ? rows : undefined;
}
