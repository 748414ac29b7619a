import type { ArchitectureFacts, HeadKind, StackFacts, WeightFacts } from '../../src/protocol/architecture';
import type { HeadRole, RoleFacts, RolePlace } from '../../src/protocol/models';

const sublayers = ['attention', 'crossAttention', 'feedForward'] as const;

export type Sublayer = (typeof sublayers)[number];

/** A block of the drawing. `Norm` stands before its sublayer, `Add` after it, with the norm where that is there. */
export type BlockName =
  | 'tokenEmbedding'
  | 'positionEmbedding'
  | 'segmentEmbedding'
  | 'embeddingSum'
  | 'embeddingProjection'
  | `${Sublayer}Norm`
  | Sublayer
  | `${Sublayer}Add`
  | 'finalNorm'
  | 'lastHiddenState'
  | 'pooler'
  | HeadKind;

export interface Block {
  name: BlockName;
  /** Index among the stacks; null for the pooler and the heads. */
  stack: number | null;
  /** The layers that it stands for: one, or those that are folded; empty for what a stack has once. */
  layers: number[];
}

/** What a person chose: a tensor, and the layer that is shown also where the tensor is of none. */
export interface Choice extends RolePlace {
  shownLayer: number;
}

/** Layers that are drawn as one: alike in form and size, each with weights of its own or all with the same. */
export interface LayerRun {
  layers: number[];
  /** All use one set of weights. */
  isShared: boolean;
}

const stackBlocks: Partial<Record<RolePlace['role'], BlockName>> = {
  tokenEmbedding: 'tokenEmbedding',
  positionEmbedding: 'positionEmbedding',
  segmentEmbedding: 'segmentEmbedding',
  embeddingSum: 'embeddingSum',
  embeddingNorm: 'embeddingSum',
  embeddingProjection: 'embeddingProjection',
  relativePositionBias: 'attention',
  finalNorm: 'finalNorm',
  pooler: 'pooler',
};

const headBlocks: Record<Exclude<HeadRole, 'pooler'>, HeadKind> = {
  maskedWordLogits: 'maskedWord',
  nextTokenLogits: 'nextToken',
  nextSentenceLogits: 'nextSentence',
  sentenceOrderLogits: 'sentenceOrder',
  classLogits: 'class',
  tagLogits: 'tag',
  answerStartLogits: 'answerStart',
  answerEndLogits: 'answerEnd',
  replacedTokenLogits: 'replacedToken',
};

/** Whether a head judges a whole text, and not each of its tokens. */
export function isOfText(kind: HeadKind): boolean {
  return kind === 'nextSentence' || kind === 'sentenceOrder' || kind === 'class';
}

/** The block that shows a tensor, drawn or not. @param stack the tensor's; undefined where there is no drawing. */
export function blockOf({ role, layer }: RolePlace, stack: StackFacts | undefined): BlockName {
  const known = stackBlocks[role] ?? headBlocks[role as keyof typeof headBlocks];
  if (known) return known;
  if (role === 'lastHiddenState') return stack?.hasFinalNorm ? 'finalNorm' : 'lastHiddenState';
  if (role === 'hiddenState') return 'feedForwardAdd';
  const facts = stack?.layers[layer ?? 0];
  const sublayer = sublayers.find((each) => role.startsWith(each))!;
  const isNorm = role.endsWith('Norm');
  if (!isNorm && !role.endsWith('ResidualSum')) return sublayer;
  if (isNorm && facts?.[sublayer]?.norm?.placement === 'before')
    return facts.sharesNorm ? 'attentionNorm' : `${sublayer}Norm`;
  return facts?.isParallel ? 'feedForwardAdd' : `${sublayer}Add`;
}

/** The roles that a block shows, in the model's order. */
export function rolesOf(
  block: BlockName,
  { stack, shownLayer }: Choice,
  roles: readonly RoleFacts[],
  architecture: ArchitectureFacts | null,
): RoleFacts[] {
  const facts = architecture?.stacks.find(({ kind }) => kind === stack);
  return roles.filter(
    (each) =>
      each.stack === stack &&
      (each.layer === null || each.layer === shownLayer) &&
      blockOf(each, facts) === block,
  );
}

/** What opens first: the result of a block. */
const mainRoles: Partial<Record<BlockName, RolePlace['role']>> = {
  attention: 'attentionOutput',
  crossAttention: 'crossAttentionOutput',
  feedForward: 'feedForwardOutput',
};

/** The tensor that a click on a block opens: its result, or whichever of its tensors can be had. */
export function choiceOf(
  block: Block,
  before: Choice | null,
  roles: readonly RoleFacts[],
  architecture: ArchitectureFacts,
): Choice | null {
  const { layers } = block;
  const kept = before && layers.includes(before.shownLayer) ? before.shownLayer : layers[0];
  const shownLayer = kept ?? before?.shownLayer ?? 0;
  const stack = block.stack === null ? null : architecture.stacks[block.stack]!.kind;
  const place: Choice = { role: 'hiddenState', stack, layer: null, shownLayer };
  const own = rolesOf(block.name, place, roles, architecture);
  const there = own.filter(({ how }) => how !== 'missing');
  const main = there.find(({ role }) => role === mainRoles[block.name]) ?? there.at(-1) ?? own[0];
  return main ? { role: main.role, stack, layer: main.layer, shownLayer } : null;
}

/** The same tensor in another layer. */
export function inLayer(choice: Choice, layer: number): Choice {
  return { ...choice, layer: choice.layer === null ? null : layer, shownLayer: layer };
}

/** The weights of a block in one of its layers; undefined for a block without weights of its own. */
export function weightsOf(
  { name, stack, layers }: Block,
  { weights, heads }: ArchitectureFacts,
): WeightFacts | undefined {
  const [layer] = layers;
  return weights.find((each) => {
    if (each.block === 'head') return each.head !== null && heads[each.head]?.kind === name;
    const block = name.endsWith('Embedding') ? 'embeddings' : name;
    const isOfLayer = layer === undefined ? each.layers.length === 0 : each.layers.includes(layer);
    return each.block === block && each.stack === stack && isOfLayer;
  });
}

/** Runs of layers that look alike, in order. @param fold whether a run may have more than one layer. */
export function layerRuns(stack: number, { stacks, weights }: ArchitectureFacts, fold: boolean): LayerRun[] {
  const runs: (LayerRun & { key: string })[] = [];
  stacks[stack]!.layers.forEach((layer, index) => {
    const own = weights.filter((each) => each.stack === stack && each.layers.includes(index));
    const isShared = own.length > 0 && own.every(({ layers }) => layers.length > 1);
    const sets = own.map(({ block, parameters, layers }) => [block, parameters, isShared && layers]);
    const key = JSON.stringify([layer, sets]);
    const last = runs.at(-1);
    if (fold && last?.key === key) last.layers.push(index);
    else runs.push({ layers: [index], isShared, key });
  });
  return runs.map(({ layers, isShared }) => ({ layers, isShared }));
}
