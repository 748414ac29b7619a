import * as l10n from '@vscode/l10n';
import type { AttentionTensors } from '../attention';
import { attentionSublayerOf, type FoundAttention } from './attentionSublayer';
import { embeddingsOf, type FoundEmbeddings } from './embeddings';
import { feedForwardAt, type FoundFeedForward } from './feedForward';
import type { GraphView } from './graphView';
import { isAttention, layersOf, type Chain, type FoundLayer } from './layers';
import type { Norms } from './norms';
import { residualsOf } from './residual';
import { missing, present } from './sources';
import type { Positions, Stack } from './types';

/** A stack with what else is known of it. */
export interface FoundStack {
  readonly description: Stack;
  /** Constants of each layer's blocks. */
  readonly layers: readonly FoundLayer['weights'][];
  readonly embeddings: FoundEmbeddings | undefined;
  readonly finalNormWeights: readonly string[];
  /** The stack's result, where it is a tensor of the graph. */
  readonly output: string | undefined;
}

/** More tensors than lie between a stack's last attention that was found and the next. */
const mostTensors = 10_000;

/** More than any stack has. */
const mostSublayers = 4096;

/** Groups attentions, each with the feed-forward network behind it, into layers and these into stacks, encoders first. */
export function stacksOf(
  view: GraphView,
  norms: Norms,
  attention: readonly AttentionTensors[],
): FoundStack[] {
  const placed = attention.map((each) => attentionSublayerOf(view, norms, each));
  const bySum = new Map(
    placed.flatMap((each) => (each.residual ? [[each.residual.node, each] as const] : [])),
  );
  const chains: Chain[] = [];
  const left = new Set(placed);
  for (const start of placed) {
    if (!left.has(start)) continue;
    const chain = chainFrom(view, norms, start, bySum, left);
    // Where a chain breaks at something unknown, the attentions behind it go on with it.
    const before = chainBefore(view, chains, start);
    if (before) before.push(...chain);
    else chains.push(chain);
  }
  const stacks = chains.map((chain) => stackOf(view, norms, chain));
  // onnxruntime's optimiser may write a decoder's self-attention before the encoder.
  return [
    ...stacks.filter(({ description }) => description.kind === 'encoder'),
    ...stacks.filter(({ description }) => description.kind === 'decoder'),
  ];
}

function chainFrom(
  view: GraphView,
  norms: Norms,
  start: FoundAttention,
  bySum: ReadonlyMap<unknown, FoundAttention>,
  left: Set<FoundAttention>,
): Chain {
  const chain: Chain = [];
  const streams = new Set<string>();
  for (let next: FoundAttention | FoundFeedForward | undefined = start; next;) {
    if (isAttention(next) && !left.delete(next)) break;
    chain.push(next);
    if (isAttention(next)) chain.push(...networksBeside(view, norms, next));
    const stream: string | undefined = next.around?.stream;
    // The streams of a damaged graph may run in a circle.
    if (stream === undefined || streams.has(stream) || chain.length > mostSublayers) break;
    streams.add(stream);
    next = sublayerOn(view, norms, stream, bySum);
  }
  return chain;
}

/** The feed-forward network of a layer that computes it side by side with its attention. */
function networksBeside(view: GraphView, norms: Norms, { residual }: FoundAttention): FoundFeedForward[] {
  return (residual?.beside ?? []).flatMap((added) => {
    return feedForwardAt(view, norms, { ...residual!, added, beside: [residual!.added] }) ?? [];
  });
}

/** What adds to the stream next. */
function sublayerOn(
  view: GraphView,
  norms: Norms,
  stream: string,
  bySum: ReadonlyMap<unknown, FoundAttention>,
): FoundAttention | FoundFeedForward | undefined {
  for (const residual of residualsOf(view, stream)) {
    const found = bySum.get(residual.node) ?? feedForwardAt(view, norms, residual);
    if (found) return found;
  }
  return undefined;
}

/** The latest of some chains whose last attention has computed something that an attention reads. */
function chainBefore(
  view: GraphView,
  chains: readonly Chain[],
  { projections, attention }: FoundAttention,
): Chain | undefined {
  const ends = new Map(
    chains.map((chain) => [view.producer(chain.findLast(isAttention)?.context ?? ''), chain]),
  );
  ends.delete(undefined);
  const first = Math.min(...[...ends.keys()].map((node) => node!.index));
  const found = new Set<Chain | undefined>();
  const open = new Set([projections.input ?? attention.query]);
  for (const tensor of open) {
    if (open.size > mostTensors) break;
    const node = view.producer(tensor);
    if (!node) continue;
    found.add(ends.get(node));
    // What is computed before all of them does not read any.
    if (node.index > first) for (const input of node.inputs) open.add(input);
  }
  return chains.findLast((chain) => found.has(chain));
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
  // nn.Transformer norms once more what its last layer has normed.
  const finalNorm = isPreNorm ? last?.normAfter : norms.reading(last?.stream ?? '');
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
      hiddenSize: view.width(output ?? stream ?? '') ?? embeddings?.hiddenSize,
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
    rows: { token: undefined, position: undefined, segment: undefined },
    width: undefined,
  };
}

function positionsOf(
  embeddings: FoundEmbeddings | undefined,
  first: FoundAttention | undefined,
): Positions[] {
  return [
    ...(embeddings?.position ? [embeddings.position] : []),
    ...(first?.scoring.relativeBias ? ['relative' as const] : []),
    ...(first?.scoring.hasSlopes ? ['slopes' as const] : []),
    ...(first?.scoring.isDisentangled ? ['disentangled' as const] : []),
    ...(first?.projections.isRotary ? ['rotary' as const] : []),
  ];
}
