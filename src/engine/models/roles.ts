import * as l10n from '@vscode/l10n';
import type {
  AttentionFacts,
  AttentionPart,
  FeedForwardPart,
  HeadRole,
  RoleFacts,
  StackRole,
} from '../../protocol/models';
import type {
  Architecture,
  AttentionSublayer,
  FeedForward,
  Layer,
  Stack,
  TensorSource,
} from '../onnx/architecture/types';
import type { AttentionRole, AttentionTensors, MissingAttention } from '../onnx/attention';

/** Each attention of a model, counted within its stack. Of a missing one nothing but the reason is known. */
export function attentionFacts(
  found: readonly AttentionTensors[],
  missing: readonly MissingAttention[],
  stackOfMissing: Stack['kind'],
): AttentionFacts[] {
  const counts = { encoder: 0, decoder: 0, cross: 0 };
  return [
    ...found.map(({ stack, heads = null, how }): AttentionFacts => {
      const reason = how === 'present' ? null : recomputedInside();
      return { stack, layer: counts[stack]++, heads, how, reason };
    }),
    ...missing.map(({ how, reason }): AttentionFacts => {
      const stack = stackOfMissing;
      return { stack, layer: counts[stack]++, heads: null, how, reason };
    }),
  ];
}

/** Every role of a Transformer, stack by stack and layer by layer; none for an empty architecture. */
export function roleFacts({ stacks, pooler, heads }: Architecture): RoleFacts[] {
  const last = stacks.at(-1);
  if (!last) return [];
  const behind: [HeadRole, TensorSource][] = [
    ...heads.map(({ kind, logits }): [HeadRole, TensorSource] => [
      `${kind}Logits`,
      { how: 'present', tensor: logits },
    ]),
    ...missingVocabularyHead(last, heads),
  ];
  if (last.kind === 'encoder') behind.unshift(['pooler', pooler]);
  return [
    ...stacks.flatMap((stack) => [
      ...rolesOf(stackRoles, stack).map(([role, source]) => factsOf(role, source, stack.kind, null)),
      ...stack.layers.flatMap((layer, at) =>
        layerRoles(layer).map(([role, source]) => factsOf(role, source, stack.kind, at)),
      ),
    ]),
    ...behind.map(([role, source]) => factsOf(role, source, null, null)),
  ];
}

/** The same of a Transformer whose attention cannot be had: without it nothing else is found either. */
export function missingRoles(layers: number, kind: Stack['kind'], reason: string): RoleFacts[] {
  const unknown: TensorSource = { how: 'missing', reason };
  const names = <Role extends string>(roles: Readonly<Record<Role, unknown>>): Role[] =>
    Object.keys(roles) as Role[];
  const ofLayer = [
    ...names(attentionParts).map((part) => `attention${part}` as const),
    ...names(feedForwardParts).map((part) => `feedForward${part}` as const),
    'hiddenState' as const,
  ];
  return [
    ...names(stackRoles).map((role) => factsOf(role, unknown, kind, null)),
    ...Array.from({ length: layers }, (_, layer) =>
      ofLayer.map((role) => factsOf(role, unknown, kind, layer)),
    ).flat(),
  ];
}

/** How to find each role in a part of the architecture. */
type Roles<Role extends string, Part> = Readonly<Record<Role, (part: Part) => TensorSource>>;

const stackRoles: Roles<StackRole, Stack> = {
  tokenEmbedding: ({ embeddings }) => embeddings.token,
  positionEmbedding: ({ embeddings }) => embeddings.position,
  segmentEmbedding: ({ embeddings }) => embeddings.segment,
  embeddingSum: ({ embeddings }) => embeddings.sum,
  embeddingNorm: ({ embeddings }) => embeddings.norm,
  embeddingProjection: ({ embeddings }) => embeddings.projection,
  relativePositionBias: ({ embeddings }) => embeddings.relativeBias,
  finalNorm: ({ finalNorm }) => finalNorm,
  lastHiddenState: ({ output }) => output,
};

const attentionParts: Roles<AttentionPart, AttentionSublayer> = {
  Query: ({ tensors }) => inside(tensors, 'query'),
  Key: ({ tensors }) => inside(tensors, 'key'),
  Value: ({ tensors }) => inside(tensors, 'value'),
  Scores: ({ tensors }) => inside(tensors, 'scores'),
  Mask: ({ tensors }) => inside(tensors, 'mask'),
  Probabilities: ({ tensors }) => inside(tensors, 'probabilities'),
  Context: ({ tensors }) => inside(tensors, 'context'),
  Heads: ({ concatenatedHeads }) => concatenatedHeads,
  Output: ({ output }) => output,
  ResidualSum: ({ residualSum }) => residualSum,
  Norm: ({ norm }) => norm,
};

const feedForwardParts: Roles<FeedForwardPart, FeedForward> = {
  Inner: ({ inner }) => inner,
  Gate: ({ gated }) => gated,
  Activation: ({ activated }) => activated,
  Output: ({ output }) => output,
  ResidualSum: ({ residualSum }) => residualSum,
  Norm: ({ norm }) => norm,
};

function rolesOf<Role extends string, Part>(roles: Roles<Role, Part>, part: Part): [Role, TensorSource][] {
  return (Object.keys(roles) as Role[]).map((role) => [role, roles[role](part)]);
}

function layerRoles(layer: Layer): [RoleFacts['role'], TensorSource][] {
  const { attention, crossAttention, feedForward, hiddenState } = layer;
  const named = <Prefix extends string, Part extends string>(
    prefix: Prefix,
    parts: [Part, TensorSource][],
  ): [`${Prefix}${Part}`, TensorSource][] => parts.map(([part, source]) => [`${prefix}${part}`, source]);
  return [
    ...named('attention', rolesOf(attentionParts, attention)),
    ...(crossAttention ? named('crossAttention', rolesOf(attentionParts, crossAttention)) : []),
    ...named('feedForward', rolesOf(feedForwardParts, feedForward)),
    ['hiddenState', hiddenState],
  ];
}

function inside(tensors: AttentionTensors, part: AttentionRole): TensorSource {
  const tensor = tensors[part];
  if (tensor === undefined) return { how: 'missing', reason: l10n.t('Nothing is added to the scores.') };
  if (tensors.how === 'present') return { how: 'present', tensor };
  return { how: 'recomputed', tensor, edit: tensors.edit, reason: recomputedInside() };
}

function recomputedInside(): string {
  return l10n.t('A fused operator computes it inside; Headlight computes it again.');
}

function factsOf(
  role: RoleFacts['role'],
  source: TensorSource,
  stack: RoleFacts['stack'],
  layer: number | null,
): RoleFacts {
  const { how } = source;
  return { role, stack, layer, how, reason: source.how === 'present' ? null : source.reason };
}

/** The head that a language model of this kind has, where the graph has none. */
function missingVocabularyHead({ kind }: Stack, heads: Architecture['heads']): [HeadRole, TensorSource][] {
  if (heads.some((head) => head.kind === 'maskedWord' || head.kind === 'nextToken')) return [];
  const reason = l10n.t(
    'No output has a score for each entry of the vocabulary at each token. Export the model with such a head: optimum-cli export onnx --task {0} --model MODEL FOLDER',
    kind === 'encoder' ? 'fill-mask' : 'text-generation',
  );
  return [[kind === 'encoder' ? 'maskedWordLogits' : 'nextTokenLogits', { how: 'missing', reason }]];
}
