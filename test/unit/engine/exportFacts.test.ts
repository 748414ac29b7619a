import { describe, expect, it } from 'vitest';
import { ModelStore } from '../../../src/engine/models/store';
import { exportFile, exportNames } from '../onnx/exportReferences';

/** Why a role is missing, in the words that matter. */
const reasons: Readonly<Record<string, string>> = {
  positionEmbedding: 'No position embedding is added',
  segmentEmbedding: 'No segment embedding is added',
  embeddingNorm: 'The embeddings are not normed',
  embeddingProjection: 'as wide as the hidden states',
  relativePositionBias: 'No bias by distance is added',
  finalNorm: 'No norm follows the last layer',
  attentionMask: 'Nothing is added to the scores',
  feedForwardGate: 'not gated',
  pooler: 'No dense layer with tanh reads the first token',
  maskedWordLogits: 'optimum-cli export onnx --task fill-mask',
};

interface Expected {
  stacks: readonly ('encoder' | 'decoder')[];
  layers: number;
  attention: 'present' | 'recomputed';
  /** Missing in every stack, or in every layer. */
  missing: readonly string[];
  /** In every layer. */
  recomputed: readonly string[];
  /** Behind the last layer: present unless it is missing. */
  behind: readonly string[];
}

const [wide, bias, norm, gate] = [
  'embeddingProjection',
  'relativePositionBias',
  'finalNorm',
  'feedForwardGate',
] as const;

const bert: Expected = {
  stacks: ['encoder'],
  layers: 2,
  attention: 'present',
  missing: [wide, bias, norm, gate, 'pooler'],
  recomputed: [],
  behind: ['pooler', 'maskedWordLogits'],
};
const withoutSegments = { ...bert, missing: [...bert.missing, 'segmentEmbedding'] };
const deberta = {
  ...withoutSegments,
  missing: [...withoutSegments.missing, 'positionEmbedding', 'maskedWordLogits'],
};
const narrow = { ...bert, missing: [bias, norm, gate, 'pooler'] };
const decoder = { ...bert, stacks: ['decoder'], behind: ['nextTokenLogits'] } as const;
const pair: Expected = {
  ...bert,
  stacks: ['encoder', 'decoder'],
  layers: 1,
  missing: [wide, bias, norm, gate, 'segmentEmbedding'],
  behind: ['nextTokenLogits'],
};
const t5: Expected = {
  ...pair,
  missing: [wide, gate, 'segmentEmbedding', 'positionEmbedding', 'embeddingNorm'],
};
const insideAttention = ['Query', 'Key', 'Value', 'Scores', 'Mask', 'Probabilities', 'Context'].map(
  (part) => `attention${part}`,
);

const expectations: Readonly<Record<string, Expected>> = {
  alibi: { ...decoder, missing: [wide, bias, norm, gate, 'segmentEmbedding', 'positionEmbedding'] },
  'alibi-table': { ...decoder, missing: [wide, bias, norm, gate, 'segmentEmbedding', 'positionEmbedding'] },
  window: withoutSegments,
  albert: narrow,
  bart: pair,
  'bert-float16': bert,
  'bert-int8': bert,
  'bert-opset11': bert,
  'bert-opset13': bert,
  'bert-opset17': bert,
  'bert-opset19': bert,
  'bert-opset21': bert,
  'bert-opset22': bert,
  'bert-opset24': bert,
  'bert-qdq': bert,
  // Its products give integers.
  'bert-qoperator': { ...bert, recomputed: ['attentionContext'] },
  deberta,
  'deberta-buckets': deberta,
  'deberta-first': deberta,
  // Its mask is chosen by Where, not added.
  distilbert: { ...withoutSegments, missing: [...withoutSegments.missing, 'attentionMask'] },
  'dynamo-opset18': bert,
  'dynamo-opset20': bert,
  'dynamo-opset23': { ...bert, attention: 'recomputed', recomputed: insideAttention },
  'dynamo-opset24': { ...bert, attention: 'recomputed', recomputed: insideAttention },
  electra: {
    ...narrow,
    missing: [...narrow.missing, 'maskedWordLogits'],
    behind: ['pooler', 'replacedTokenLogits', 'maskedWordLogits'],
  },
  gpt2: { ...decoder, missing: [wide, bias, gate, 'segmentEmbedding', 'embeddingNorm'] },
  mpnet: {
    ...withoutSegments,
    missing: [wide, norm, gate, 'segmentEmbedding', 'pooler', 'maskedWordLogits'],
  },
  roberta: bert,
  'sdpa-bool': bert,
  'sdpa-causal': { ...decoder, missing: [wide, bias, norm, gate] },
  'sdpa-float': bert,
  t5: t5,
  't5-gated': { ...t5, missing: t5.missing.filter((role) => role !== gate) },
  vanilla: { ...pair, missing: [wide, bias, gate, 'segmentEmbedding', 'embeddingNorm'] },
};

const [rolesOfStack, rolesOfLayer, rolesOfCrossing] = [9, 18, 11];

/**
 * What `headlight facts --json` says of every export in `test/fixtures/models`: each role is present but for those
 * that are listed above, with the reason.
 */
describe('facts of the export', () => {
  it('are expected for every file', () => {
    expect(exportNames).toEqual(Object.keys(expectations).toSorted());
  });

  it.each(exportNames)('%s', (name) => {
    const { stacks, layers, behind, ...expected } = expectations[name]!;
    const { attention, roles } = new ModelStore().open(exportFile(name)).facts;
    const isPair = stacks.length > 1;
    const reason = expected.attention === 'present' ? null : expect.stringContaining('fused operator');
    expect(attention.toSorted((one, other) => one.stack.localeCompare(other.stack))).toEqual(
      [...(isPair ? (['cross'] as const) : []), ...stacks.toSorted()].flatMap((stack) =>
        Array.from({ length: layers }, (_, layer) => ({
          ...{ stack, layer, heads: 2, how: expected.attention, reason },
        })),
      ),
    );
    expect(roles.filter(({ stack }) => stack === null).map(({ role }) => role)).toEqual(behind);
    const crossing = isPair ? layers * rolesOfCrossing : 0;
    expect(roles).toHaveLength(
      stacks.length * (rolesOfStack + layers * rolesOfLayer) + crossing + behind.length,
    );
    for (const { role, how, reason: why } of roles) {
      const [isMissing, isRecomputed] = [expected.missing.includes(role), expected.recomputed.includes(role)];
      const state = isMissing ? 'missing' : isRecomputed ? 'recomputed' : 'present';
      expect([role, how]).toEqual([role, state]);
      if (isMissing) expect(why).toContain(reasons[role]);
      else if (isRecomputed) expect(why).toMatch(/Headlight (computes it again|converts it)\.$/);
      else expect(why).toBeNull();
    }
  });
});
