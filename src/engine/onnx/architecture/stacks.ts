import * as l10n from '@vscode/l10n';
import type { AttentionTensors } from '../attention';
import { embeddingsOf, type FoundEmbeddings } from './embeddings';
import { feedForwardAt, unknownFeedForward } from './feedForward';
import { fusedOperator } from './fusedOperator';
import type { GraphView } from './graphView';
import { linearAt, weightOf, type Linear } from './linear';
import type { Norms } from './norms';
import { projectionsOf, type Projections } from './projections';
import {
  residualAfter,
  residualsOf,
  surroundings,
  unknownSublayer,
  type Residual,
  type Surroundings,
} from './residual';
import { scoringOf, type Scoring } from './scoring';
import { missing, present } from './sources';
import type { AttentionSublayer, FeedForward, Layer, Positions, Stack, TensorSource } from './types';

/** A stack with what else is known of it. */
export interface FoundStack {
  readonly description: Stack;
  /** Constants of each layer's blocks. */
  readonly layers: readonly LayerWeights[];
  readonly embeddings: FoundEmbeddings | undefined;
  readonly finalNormWeights: readonly string[];
  /** The stack's result, where it is a tensor of the graph. */
  readonly output: string | undefined;
}

/** The constants of a layer, by block. */
export interface LayerWeights {
  readonly attention: readonly string[];
  readonly crossAttention: readonly string[];
  readonly feedForward: readonly string[];
}

/** One attention and where it stands. */
interface Placed {
  readonly attention: AttentionTensors;
  readonly projections: Projections;
  readonly scoring: Scoring;
  readonly residual: Residual | undefined;
  /** undefined where its output is added to no stream. */
  readonly around: Surroundings | undefined;
  readonly description: AttentionSublayer;
  readonly weights: readonly string[];
}

interface PlacedFeedForward {
  readonly description: FeedForward;
  readonly around: Surroundings;
  readonly weights: readonly string[];
}

/** Sublayers that follow one another along one residual stream. */
type Chain = (Placed | PlacedFeedForward)[];

/** Groups attentions, each with the feed-forward network behind it, into layers and these into stacks. */
export function stacksOf(
  view: GraphView,
  norms: Norms,
  attention: readonly AttentionTensors[],
): FoundStack[] {
  const placed = attention.map((each) => placeOf(view, norms, each));
  const bySum = new Map(
    placed.flatMap((each) => (each.residual ? [[each.residual.node, each] as const] : [])),
  );
  const chains: Chain[] = [];
  const left = new Set(placed);
  for (const start of placed) {
    if (!left.has(start)) continue;
    const chain = chainFrom(view, norms, start, bySum, left);
    // Where a chain breaks at something unknown, the attentions behind it go on with it.
    const before = chains.find((earlier) => continues(view, earlier, start));
    if (before) before.push(...chain);
    else chains.push(chain);
  }
  return chains.map((chain) => stackOf(view, norms, chain));
}

function isAttention(sublayer: Placed | PlacedFeedForward): sublayer is Placed {
  return 'attention' in sublayer;
}

function chainFrom(
  view: GraphView,
  norms: Norms,
  start: Placed,
  bySum: ReadonlyMap<unknown, Placed>,
  left: Set<Placed>,
): Chain {
  const chain: Chain = [];
  for (let next: Placed | PlacedFeedForward | undefined = start; next;) {
    if (isAttention(next)) {
      if (!left.delete(next)) break;
    }
    chain.push(next);
    const stream: string | undefined = next.around?.stream;
    next = stream === undefined ? undefined : sublayerOn(view, norms, stream, bySum);
  }
  return chain;
}

/** What adds to the stream next. */
function sublayerOn(
  view: GraphView,
  norms: Norms,
  stream: string,
  bySum: ReadonlyMap<unknown, Placed>,
): Placed | PlacedFeedForward | undefined {
  for (const residual of residualsOf(view, stream)) {
    const found = bySum.get(residual.node) ?? feedForwardAt(view, norms, residual);
    if (found) return found;
  }
  return undefined;
}

/** Whether an attention reads what the last attention of a chain has computed, and is of the same kind of stream. */
function continues(view: GraphView, chain: Chain, { projections, attention }: Placed): boolean {
  const last = chain.findLast(isAttention);
  const from = projections.input ?? attention.query;
  if (!last || view.producer(from) === undefined) return false;
  const target = view.producer(last.attention.context)?.index ?? Infinity;
  const open = new Set([from]);
  for (const tensor of open) {
    if (tensor === last.attention.context) return true;
    const node = view.producer(tensor);
    if (node && node.index > target) for (const input of node.inputs) open.add(input);
  }
  return false;
}

/** Follows an attention's context to the sum that it enters, and its queries to what they are projected from. */
function placeOf(view: GraphView, norms: Norms, attention: AttentionTensors): Placed {
  const projections = projectionsOf(view, norms, attention);
  const scoring = scoringOf(view, attention);
  const merged = mergedHeads(view, fusedOperator(view, attention)?.outputs[0] ?? attention.context);
  const residual = merged && residualAfter(view, norms, merged.linear.product.outputs[0] ?? '');
  const around = residual && surroundings(view, norms, residual, projections.input);
  const unknown = missing(
    merged
      ? l10n.t('The output of this attention is added to no hidden state.')
      : l10n.t('The heads of this attention enter no product with a weight matrix.'),
  );
  return {
    attention,
    projections,
    scoring,
    residual,
    around,
    description: {
      ...(around?.sublayer ?? unknownSublayer(unknown)),
      tensors: attention,
      concatenatedHeads: merged ? present(merged.heads) : unknown,
    },
    weights: [
      ...projections.weights,
      ...scoring.weights,
      ...(merged?.linear.weights ?? []),
      ...(residual?.bias === undefined ? [] : [residual.bias]),
      ...(around?.norm?.weights ?? []),
    ],
  };
}

/** The heads' contexts side by side, and the projection that reads them. */
function mergedHeads(view: GraphView, context: string): { heads: string; linear: Linear } | undefined {
  for (const copy of view.copies(context)) {
    const product = view
      .readers(copy)
      .find((node) => node.inputs[0] === copy && weightOf(view, node) !== undefined);
    if (!product) continue;
    const linear = linearAt(view, product);
    return { heads: unflattened(view, linear.input), linear };
  }
  return undefined;
}

/** Before batch and tokens are merged into one axis, as some tools do for a product. */
function unflattened(view: GraphView, tensor: string): string {
  const node = view.producer(tensor);
  const [before = ''] = node?.opType === 'Reshape' ? node.inputs : [];
  return view.shapes.get(tensor)?.length === 2 && view.shapes.get(before)?.length === 3 ? before : tensor;
}

function stackOf(view: GraphView, norms: Norms, chain: Chain): FoundStack {
  const layers = layersOf(chain);
  const attentions = chain.filter(isAttention);
  const [first] = attentions;
  const last = chain.at(-1)?.around;
  const isDecoder = attentions.some(({ attention }) => attention.stack !== 'encoder');
  const stream = first?.residual?.stream ?? first?.projections.input;
  const embeddings = stream === undefined ? undefined : embeddingsOf(view, norms, stream);
  const isPreNorm = last?.sublayer.normPlacement === 'before';
  const finalNorm = isPreNorm ? last?.normAfter : undefined;
  const output = finalNorm?.output ?? last?.stream;
  const bias = first?.scoring.relativeBias;
  return {
    description: {
      kind: isDecoder ? 'decoder' : 'encoder',
      embeddings: {
        ...(embeddings?.description ?? unknownEmbeddings()),
        positions: positionsOf(embeddings, first),
        relativeBias:
          bias === undefined ? missing(l10n.t('No bias by distance is added to the scores.')) : present(bias),
      },
      layers: layers.map(({ description }) => description),
      finalNorm: finalNorm
        ? present(finalNorm.output)
        : missing(
            l10n.t('No norm follows the last layer: each layer ends with one, or what follows is not found.'),
          ),
      output: output === undefined ? layers.at(-1)!.description.hiddenState : present(output),
    },
    layers: layers.map(({ weights }) => weights),
    embeddings,
    finalNormWeights: finalNorm?.weights ?? [],
    output,
  };
}

function unknownEmbeddings(): FoundEmbeddings['description'] {
  const unknown = missing(l10n.t('It is not found what the first layer reads.'));
  return {
    token: unknown,
    position: unknown,
    segment: unknown,
    sum: unknown,
    norm: unknown,
    projection: unknown,
  };
}

function positionsOf(embeddings: FoundEmbeddings | undefined, first: Placed | undefined): Positions[] {
  return [
    ...(embeddings?.position ? [embeddings.position] : []),
    ...(first?.scoring.relativeBias ? ['relative' as const] : []),
    ...(first?.scoring.isDisentangled ? ['disentangled' as const] : []),
    ...(first?.projections.isRotary ? ['rotary' as const] : []),
  ];
}

/** A layer begins with each attention of a stack to itself. */
function layersOf(chain: Chain): { description: Layer; weights: LayerWeights }[] {
  const groups: Chain[] = [];
  for (const sublayer of chain) {
    const begins = isAttention(sublayer) && sublayer.attention.stack !== 'cross';
    if (begins || groups.length === 0) groups.push([sublayer]);
    else groups.at(-1)!.push(sublayer);
  }
  return groups.map((group, at) => {
    const attentions = group.filter(isAttention);
    const own = attentions[0]!;
    const cross = attentions.length > 1 ? attentions[1] : undefined;
    const network = group.find((each): each is PlacedFeedForward => !isAttention(each));
    const next = groups[at + 1]?.find(isAttention)?.residual?.stream;
    return {
      description: {
        attention: own.description,
        crossAttention: cross?.description,
        feedForward: network?.description ?? unknownFeedForward(),
        hiddenState: stateAfter(network, next),
      },
      weights: {
        attention: own.weights,
        crossAttention: cross?.weights ?? [],
        feedForward: network ? [...network.weights, ...(network.around.norm?.weights ?? [])] : [],
      },
    };
  });
}

/** @param next the stream that the layer behind adds to, which tells where the network is not known. */
function stateAfter(network: PlacedFeedForward | undefined, next: string | undefined): TensorSource {
  if (network?.around.stream !== undefined) return present(network.around.stream);
  if (network) return network.description.residualSum;
  return next === undefined ? missing(l10n.t('It is not found where this layer ends.')) : present(next);
}
