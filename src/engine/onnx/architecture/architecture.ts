import type { AttentionTensors } from '../attention';
import type { OnnxModel } from '../types';
import { GraphView } from './graphView';
import { headsOf, noPooler, type HeadHints } from './heads';
import { Norms } from './norms';
import { stacksOf, type FoundStack } from './stacks';
import type { Architecture } from './types';
import { weightBlocks, type BlockUse } from './weights';

/**
 * Recognises the Transformer around the attentions of a graph by what feeds what. What is not found is told in
 * its place with a reason; a graph without attention gives an empty architecture.
 * @param hints what config.json tells; heads of equal form are told apart by it.
 */
export function findArchitecture(
  model: OnnxModel,
  attention: readonly AttentionTensors[],
  hints: HeadHints = { architectures: [], family: null, predictsNextToken: false },
): Architecture {
  if (attention.length === 0) return { stacks: [], pooler: noPooler(), heads: [], weights: [] };
  const view = new GraphView(model);
  const stacks = stacksOf(view, new Norms(view), attention);
  const last = stacks.at(-1);
  const vocabularySize = last?.description.embeddings.rows.token;
  const ground = last?.output !== undefined && {
    state: last.output,
    isDecoder: last.description.kind === 'decoder',
    vocabularySize,
  };
  const found = ground ? headsOf(view, ground, hints) : { pooler: noPooler(), poolerWeights: [], heads: [] };
  return {
    stacks: stacks.map(({ description }) => description),
    pooler: found.pooler,
    heads: found.heads.map(({ kind, logits, size }) => ({ kind, logits, size })),
    weights: weightBlocks(view, [
      ...stacks.flatMap(usesOf),
      { block: 'pooler', stack: undefined, constants: found.poolerWeights },
      ...found.heads.map(({ logits, weights }): BlockUse => ({
        block: 'head',
        stack: undefined,
        output: logits,
        constants: weights,
      })),
    ]),
  };
}

function usesOf(found: FoundStack, stack: number): BlockUse[] {
  const { embeddings, layers, finalNormWeights } = found;
  return [
    { block: 'embeddings', stack, constants: embeddings?.weights ?? [] },
    ...layers.flatMap((weights, layer): BlockUse[] => [
      { block: 'attention', stack, layer, constants: weights.attention },
      { block: 'crossAttention', stack, layer, constants: weights.crossAttention },
      { block: 'feedForward', stack, layer, constants: weights.feedForward },
    ]),
    { block: 'finalNorm', stack, constants: finalNormWeights },
  ];
}
