import * as l10n from '@vscode/l10n';
import type {
  ArchitectureFacts,
  AttentionSublayerFacts,
  FeedForwardFacts,
  Positions,
  TableFacts,
} from '../../src/protocol/architecture';
import type { Availability, RolePlace } from '../../src/protocol/models';
import { activationName, positionsName } from '../shared/architectureNames';
import { roleName, stackName } from '../shared/roleNames';
import { blockOf, isOfText, weightsOf, type Block, type BlockName, type LayerRun } from './blocks';

/** What a block is called. @param stack the one that it is in; null for what stands behind all. */
export function blockName(name: BlockName, stack: 'encoder' | 'decoder' | null): string {
  switch (name) {
    case 'tokenEmbedding':
      return l10n.t('Token Embedding');
    case 'positionEmbedding':
      return l10n.t('Position Embedding');
    case 'segmentEmbedding':
      return l10n.t('Segment Embedding');
    case 'embeddingSum':
      return l10n.t('Sum of Embeddings');
    case 'embeddingProjection':
      return l10n.t('Embedding Projection');
    case 'attention':
      return stack === 'decoder' ? l10n.t('Masked Multi-Head Attention') : l10n.t('Multi-Head Attention');
    case 'crossAttention':
      return l10n.t('Cross-Attention');
    case 'feedForward':
      return l10n.t('Feed-Forward');
    case 'attentionNorm':
    case 'crossAttentionNorm':
    case 'feedForwardNorm':
      return l10n.t('Norm');
    case 'attentionAdd':
    case 'crossAttentionAdd':
    case 'feedForwardAdd':
      return l10n.t('Add');
    case 'finalNorm':
      return l10n.t('Final Norm');
    case 'lastHiddenState':
      return l10n.t('Last Hidden State');
    case 'pooler':
      return l10n.t('Pooler');
    case 'maskedWord':
      return l10n.t('Masked-Word Head');
    case 'nextToken':
      return l10n.t('Next-Token Head');
    case 'nextSentence':
      return l10n.t('Next-Sentence Head');
    case 'sentenceOrder':
      return l10n.t('Sentence-Order Head');
    case 'class':
      return l10n.t('Classification Head');
    case 'tag':
      return l10n.t('Tagging Head');
    case 'answerStart':
      return l10n.t('Answer-Start Head');
    case 'answerEnd':
      return l10n.t('Answer-End Head');
    case 'replacedToken':
      return l10n.t('Replaced-Token Head');
  }
}

/** What a tensor is called beside those of other blocks of the same part. */
export function listedName(place: RolePlace): string {
  const block = blockOf(place, undefined);
  const isAlone = block === 'finalNorm' || place.role.endsWith('Logits');
  return isAlone ? blockName(block, null) : roleName(place.role);
}

/** How a tensor can be had, in a word. */
export function wayName(how: Availability): string {
  switch (how) {
    case 'present':
      return l10n.t('present');
    case 'recomputed':
      return l10n.t('recomputed');
    case 'missing':
      return l10n.t('missing');
  }
}

/** A large number in short: 2.69M. */
export function compact(count: number): string {
  const { lang } = document.documentElement;
  return new Intl.NumberFormat(lang, { notation: 'compact', maximumSignificantDigits: 3 }).format(count);
}

/** What is written on a block. */
export interface BlockText {
  name: string;
  /** The name where there is little room. */
  short: string;
  /** Heads, activation, rows of a table, kind of norm; empty where there is nothing to tell. */
  detail: string;
  /** Of its result, with n tokens; empty where it is not known. */
  shape: string;
  /** How many weights; empty for a block without any. */
  parameters: string;
}

/** What is written on a block of the drawing. */
export function blockText(block: Block, architecture: ArchitectureFacts): BlockText {
  const { name, stack } = block;
  const facts = stack === null ? undefined : architecture.stacks[stack];
  const layer = facts?.layers[block.layers[0] ?? 0];
  const hidden = facts?.hiddenSize ?? architecture.stacks.at(-1)?.hiddenSize ?? null;
  const byToken = (size: number | null | undefined): string => (size == null ? '' : `n × ${size}`);
  const text = (
    detail = '',
    shape = byToken(hidden),
    parameters = parametersOf(block, architecture),
  ): BlockText => {
    const full = blockName(name, facts?.kind ?? null);
    return { name: full, short: shortName(name) ?? full, detail, shape, parameters };
  };
  const norm = (kind: 'layer' | 'rms' | undefined): string =>
    kind === 'rms' ? l10n.t('RMS norm') : kind === 'layer' ? l10n.t('layer norm') : '';
  switch (name) {
    case 'tokenEmbedding':
    case 'positionEmbedding':
    case 'segmentEmbedding': {
      const { token, position, segment, positions } = facts!.embeddings;
      const table = { tokenEmbedding: token, positionEmbedding: position, segmentEmbedding: segment }[name];
      const added = positions.find((each) => each === 'learned' || each === 'sinusoidal');
      const detail = name === 'positionEmbedding' && added ? positionsName(added) : '';
      const isTied =
        name === 'tokenEmbedding' && weightsOf(block, architecture)?.tiedTo.includes('embeddings');
      return text(detail, tableShape(table), isTied ? l10n.t('tied') : tableSize(table));
    }
    case 'embeddingSum': {
      const { hasNorm, token } = facts!.embeddings;
      return { ...text('', byToken(token?.width)), ...(hasNorm && { name: l10n.t('Add & Norm') }) };
    }
    case 'attention':
    case 'crossAttention': {
      const { heads, window } = layer![name] as AttentionSublayerFacts;
      const positions = name === 'attention' ? facts!.embeddings.positions : [];
      const inside = positions.filter(isInAttention).map(positionsName);
      const near = window === null ? [] : [l10n.t('within {0} tokens', window)];
      return text([...(heads === null ? [] : [headsName(heads)]), ...near, ...inside].join(', '));
    }
    case 'feedForward': {
      const { innerSize, activation, isGated } = layer!.feedForward as FeedForwardFacts;
      const unit = isGated ? l10n.t('gated {0}', activationName(activation)) : activationName(activation);
      return text([...(innerSize === null ? [] : [String(innerSize)]), unit].join(' · '));
    }
    case 'attentionNorm':
    case 'crossAttentionNorm':
    case 'feedForwardNorm':
      return text(norm(layer![sublayerOf(name)]?.norm?.kind));
    case 'attentionAdd':
    case 'crossAttentionAdd':
    case 'feedForwardAdd': {
      const placed = layer![sublayerOf(name)]?.norm;
      return placed?.placement === 'after'
        ? { ...text(norm(placed.kind)), name: l10n.t('Add & Norm') }
        : text();
    }
    case 'embeddingProjection':
    case 'finalNorm':
    case 'lastHiddenState':
      return text();
    case 'pooler':
      return text('tanh', hidden === null ? '' : `1 × ${hidden}`);
    default: {
      const head = architecture.heads.find(({ kind }) => kind === name);
      const shape = head?.size == null ? byToken(1) : `${isOfText(name) ? 1 : 'n'} × ${head.size}`;
      return text(tiedText(block, architecture), shape);
    }
  }
}

function shortName(name: BlockName): string | undefined {
  switch (name) {
    case 'tokenEmbedding':
      return l10n.t('Token');
    case 'positionEmbedding':
      return l10n.t('Position');
    case 'segmentEmbedding':
      return l10n.t('Segment');
    case 'attention':
      return l10n.t('Attention');
    default:
      return undefined;
  }
}

function sublayerOf(name: string): 'attention' | 'crossAttention' | 'feedForward' {
  return name.replace(/(Norm|Add)$/, '') as 'attention' | 'crossAttention' | 'feedForward';
}

function isInAttention(positions: Positions): boolean {
  return positions !== 'learned' && positions !== 'sinusoidal';
}

function headsName(heads: number): string {
  return heads === 1 ? l10n.t('1 head') : l10n.t('{0} heads', heads);
}

function tableShape(table: TableFacts | null): string {
  if (table === null || table.width === null) return '';
  return table.rows === null ? `n × ${table.width}` : `${table.rows} × ${table.width}`;
}

function tableSize(table: TableFacts | null): string {
  return table?.rows == null || table.width === null ? '' : compact(table.rows * table.width);
}

/** Of a tied block only what it adds is counted. */
function parametersOf(block: Block, architecture: ArchitectureFacts): string {
  const parameters = weightsOf(block, architecture)?.parameters;
  return parameters ? compact(parameters) : '';
}

function tiedText(block: Block, architecture: ArchitectureFacts): string {
  const tiedTo = weightsOf(block, architecture)?.tiedTo ?? [];
  return tiedTo.includes('embeddings')
    ? l10n.t('tied to embeddings')
    : tiedTo.length > 0
      ? l10n.t('tied')
      : '';
}

/** A block in words, for those who do not see the drawing. */
export function blockLabel(block: Block, architecture: ArchitectureFacts): string {
  const { name, detail, shape, parameters } = blockText(block, architecture);
  const { stacks } = architecture;
  return [
    ...(block.stack !== null && stacks.length > 1 ? [stackName(stacks[block.stack]!.kind)] : []),
    ...(block.layers.length > 0 ? [layersName(block.layers)] : []),
    name,
    ...(detail ? [detail] : []),
    ...(shape ? [l10n.t('shape {0}', shape)] : []),
    ...(parameters ? [l10n.t('{0} parameters', parameters)] : []),
  ].join(', ');
}

/** Layers that follow one another, counted from 0. */
export function layersName(layers: readonly number[]): string {
  const [first, last] = [layers[0]!, layers.at(-1)!];
  return first === last ? l10n.t('Layer {0}', first) : l10n.t('Layers {0}–{1}', first, last);
}

/** Which layers use the weights of this run, too; null where each has its own. */
export function sharedText(
  { isShared, layers }: LayerRun,
  stack: number,
  { weights }: ArchitectureFacts,
): string | null {
  const set = weights.find((each) => each.stack === stack && each.layers.includes(layers[0]!))?.layers;
  if (!isShared || !set) return null;
  return l10n.t('the same weights in layers {0}–{1}', set[0]!, set.at(-1)!);
}
