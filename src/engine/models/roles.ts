import * as l10n from '@vscode/l10n';
import type {
  AttentionFacts,
  AttentionPart,
  FeedForwardPart,
  HeadRole,
  RoleFacts,
  RolePlace,
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

/** A tensor of a Transformer by its role, and where it comes from. */
interface RoleSource extends RolePlace {
  source: TensorSource;
}

/** Every role of a Transformer, stack by stack and layer by layer; none for an empty architecture. */
export function roleFacts(architecture: Architecture): RoleFacts[] {
  return roleSources(architecture).map(factsOf);
}

/** How the tensor in a place can be had; missing, too, where such a Transformer has no such place. */
export function sourceAt(architecture: Architecture, { role, stack, layer }: RolePlace): TensorSource {
  const found = roleSources(architecture).find(
    (each) => each.role === role && each.stack === stack && each.layer === layer,
  );
  return found?.source ?? { how: 'missing', reason: l10n.t('The model has no such tensor.') };
}

/** Every role with its source, stack by stack and layer by layer; none for an empty architecture. */
export function roleSources({ stacks, pooler, heads }: Architecture): RoleSource[] {
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
      ...rolesOf(stackRoles, stack).map(([role, source]) => ({
        role,
        stack: stack.kind,
        layer: null,
        source,
      })),
      ...stack.layers.flatMap((each, layer) =>
        layerRoles(each).map(([role, source]) => ({ role, stack: stack.kind, layer, source })),
      ),
    ]),
    ...behind.map(([role, source]) => ({ role, stack: null, layer: null, source })),
  ];
}

/** The same of a Transformer whose attention cannot be had: without it nothing else is found either. */
export function missingRoles(layers: number, kind: Stack['kind'], reason: string): RoleFacts[] {
  const unknown = { how: 'missing', reason } as const;
  const names = <Role extends string>(roles: Readonly<Record<Role, unknown>>): Role[] =>
    Object.keys(roles) as Role[];
  const ofLayer = [
    ...names(attentionParts).map((part) => `attention${part}` as const),
    ...names(feedForwardParts).map((part) => `feedForward${part}` as const),
    'hiddenState' as const,
  ];
  return [
    ...names(stackRoles).map((role) => ({ role, stack: kind, layer: null, ...unknown })),
    ...Array.from({ length: layers }, (_, layer) =>
      ofLayer.map((role) => ({ role, stack: kind, layer, ...unknown })),
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
  Query: ({ tensors }) => attentionSource(tensors, 'query'),
  Key: ({ tensors }) => attentionSource(tensors, 'key'),
  Value: ({ tensors }) => attentionSource(tensors, 'value'),
  Scores: ({ tensors }) => attentionSource(tensors, 'scores'),
  Mask: ({ tensors }) => attentionSource(tensors, 'mask'),
  Probabilities: ({ tensors }) => attentionSource(tensors, 'probabilities'),
  Context: ({ tensors }) => attentionSource(tensors, 'context'),
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

/** How a tensor of an attention can be had. */
export function attentionSource(tensors: AttentionTensors, part: AttentionRole): TensorSource {
  const tensor = tensors[part];
  if (tensor === undefined) return { how: 'missing', reason: l10n.t('Nothing is added to the scores.') };
  const { edit, how } = tensors;
  if (how === 'recomputed') return { how, tensor, edit, reason: recomputedInside() };
  if (!edit.addNodes.some(({ outputs }) => outputs.includes(tensor))) return { how, tensor };
  const reason = l10n.t(
    'The graph has it as integers or with its axes in another order; Headlight converts it.',
  );
  return { how: 'recomputed', tensor, edit, reason };
}

function recomputedInside(): string {
  return l10n.t('A fused operator computes it inside; Headlight computes it again.');
}

function factsOf({ source, ...place }: RoleSource): RoleFacts {
  return { ...place, how: source.how, reason: source.how === 'present' ? null : source.reason };
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
