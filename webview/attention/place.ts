import {
  headStatistics,
  type AttentionStack,
  type HeadIndex,
  type HeadStatistic,
  type MatrixShape,
  type MatrixSource,
  type StackShape,
} from '../../src/protocol/attention';
import type { EncodedToken } from '../../src/protocol/encoding';
import { oneHead } from '../../src/core/attention/units';

const reductions = [
  'head',
  'layerMean',
  'layerMaximum',
  'mean',
  'maximum',
  'overlaidMean',
  'rollout',
] as const;
/** Whose weights are on show, beginning at the open head. */
export type Reduction = (typeof reductions)[number];

const pictures = ['matrix', 'lines', 'text'] as const;
/** How a head is drawn. */
export type Picture = (typeof pictures)[number];

const blocks = ['all', 'AA', 'AB', 'BA', 'BB'] as const;
/** Which rows and columns of a pair show: A to B, say. */
export type Block = (typeof blocks)[number];

const stacks = ['encoder', 'decoder', 'cross'] as const;
const specials = ['shown', 'hidden', 'renormalised'] as const;
const directions = ['from', 'to'] as const;
/** Whether a pointed token is one that attends or one that is attended to. */
export type Direction = (typeof directions)[number];

const orders = ['layer', ...headStatistics, 'divergence'] as const;
/** What the atlas is ordered by. */
export type HeadOrder = 'layer' | HeadStatistic | 'divergence';

/** More colours than these are hard to tell apart. */
export const mostOverlaid = 5;

/** Where a person was in the view; kept while it is hidden and over a reload. */
export interface Place {
  /** null until one is chosen: the first of the model. */
  stack: AttentionStack | null;
  layer: number;
  head: number;
  reduction: Reduction;
  words: boolean;
  specials: MatrixShape['specials'];
  block: Block;
  picture: Picture;
  direction: Direction;
  order: HeadOrder;
  /** In a comparison, each head's tile says how far it is from the same head there, and not its weights. */
  showDivergences: boolean;
  /** The last opening of a head that was followed. */
  opening: string | null;
  /** Heads whose lines are drawn over those of the open one. */
  overlaid: HeadIndex[];
  /** The least weight of a line; null for as many lines as can be read. */
  least: number | null;
  showMeasures: boolean;
  showScores: boolean;
  showMap: boolean;
  /** 1 fits the whole matrix into the view. */
  zoom: number;
  /** The token at the top and at the left of a zoomed matrix; fractions count. */
  firstQuery: number;
  firstKey: number;
  /** The cell, or the row or column alone, that was chosen by click or by key; null for none. */
  cell: Partial<Cell> | null;
  /** Which text the cell and the zoom belong to. */
  text: number;
  /** Pixels that the page was scrolled. */
  scrolled: number;
}

/** A weight of one head: from the query token to the key token. */
export interface Cell {
  query: number;
  key: number;
}

export const highestZoom = 32;

const start: Place = {
  stack: null,
  layer: 0,
  head: 0,
  reduction: 'head',
  words: false,
  specials: 'shown',
  block: 'all',
  picture: 'matrix',
  direction: 'from',
  order: 'layer',
  showDivergences: true,
  opening: null,
  overlaid: [],
  least: null,
  showMeasures: false,
  showScores: false,
  showMap: false,
  zoom: 1,
  firstQuery: 0,
  firstKey: 0,
  cell: null,
  text: 0,
  scrolled: 0,
};

const isNumber = (value: unknown): value is number =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0;
const isIndex = (value: unknown): value is number => isNumber(value) && Number.isInteger(value);
const isBoolean = (value: unknown): value is boolean => typeof value === 'boolean';
const isOneOf =
  (choices: readonly unknown[]) =>
  (value: unknown): boolean =>
    choices.includes(value);
const isHead = (value: unknown): boolean => {
  const { layer, head } = (value ?? {}) as Partial<HeadIndex>;
  return isIndex(layer) && isIndex(head);
};
const isCell = (value: unknown): boolean => {
  const indices = Object.values((value ?? {}) as Partial<Cell>);
  return indices.length > 0 && indices.every(isIndex);
};

/** What each part may be. */
const checks: Record<keyof Place, (value: unknown) => boolean> = {
  stack: isOneOf(stacks),
  layer: isIndex,
  head: isIndex,
  reduction: isOneOf(reductions),
  words: isBoolean,
  specials: isOneOf(specials),
  block: isOneOf(blocks),
  picture: isOneOf(pictures),
  direction: isOneOf(directions),
  order: isOneOf(orders),
  showDivergences: isBoolean,
  opening: (value) => typeof value === 'string',
  overlaid: (value) => Array.isArray(value) && value.length <= mostOverlaid && value.every(isHead),
  least: isNumber,
  showMeasures: isBoolean,
  showScores: isBoolean,
  showMap: isBoolean,
  zoom: (value) => isNumber(value) && value >= 1 && value <= highestZoom,
  firstQuery: isNumber,
  firstKey: isNumber,
  cell: isCell,
  text: isNumber,
  scrolled: isNumber,
};

/** A place from what was kept, whatever that is: an older version of the view may have kept something else. */
export function placeFrom(kept: unknown): Place {
  const parts = typeof kept === 'object' && kept !== null ? Object.entries(kept) : [];
  const valid = parts.filter(([name, value]) => name in checks && checks[name as keyof Place](value));
  return { ...start, ...Object.fromEntries(valid) };
}

/** The place in a model with these stacks. */
export function placeWithin(place: Place, shapes: StackShape[]): Place & StackShape {
  const shape = shapes.find(({ stack }) => stack === place.stack) ?? shapes[0]!;
  const { stack, layers, heads } = shape;
  return {
    ...place,
    ...shape,
    layer: Math.min(place.layer, layers - 1),
    head: Math.min(place.head, heads - 1),
    overlaid: place.overlaid.filter(({ layer, head }) => layer < layers && head < heads),
    // A rollout follows one sequence from layer to layer.
    reduction: stack === 'cross' && place.reduction === 'rollout' ? 'head' : place.reduction,
  };
}

/** The weights that a place shows. */
export function sourceOf(place: Place & StackShape): MatrixSource {
  const { layer, head, layers, heads, overlaid } = place;
  const ofLayer = (index: number): HeadIndex[] =>
    Array.from({ length: heads }, (_, each) => ({ layer: index, head: each }));
  const all = (): HeadIndex[] => Array.from({ length: layers }, (_, index) => ofLayer(index)).flat();
  switch (place.reduction) {
    case 'head':
      return oneHead({ layer, head });
    case 'layerMean':
      return { kind: 'mean', heads: ofLayer(layer) };
    case 'layerMaximum':
      return { kind: 'maximum', heads: ofLayer(layer) };
    case 'mean':
      return { kind: 'mean', heads: all() };
    case 'maximum':
      return { kind: 'maximum', heads: all() };
    case 'overlaidMean':
      return { kind: 'mean', heads: withOverlaid({ layer, head }, overlaid) };
    case 'rollout':
      return { kind: 'rollout', layer };
  }
}

/** The open head and those laid over it, each once. */
function withOverlaid(open: HeadIndex, overlaid: HeadIndex[]): HeadIndex[] {
  return [open, ...overlaid.filter((each) => !isSameHead(each, open))].map(({ layer, head }) => ({
    layer,
    head,
  }));
}

export function isSameHead(left: HeadIndex, right: HeadIndex): boolean {
  return left.layer === right.layer && left.head === right.head;
}

/** The form that a place shows weights in. @param isPair whether the text has two parts. */
export function shapeOf({ words, specials, block }: Place, isPair: boolean): MatrixShape {
  const part = (letter: string | undefined): 0 | 1 => (letter === 'B' ? 1 : 0);
  const parts = isPair && block !== 'all' ? { query: part(block[0]), key: part(block[1]) } : null;
  return { words, specials, block: parts };
}

/** Where a text is shown from when it is another than before: its beginning, whole. */
export function placeIn(place: Place, tokens: EncodedToken[]): Place {
  const text = tokens.reduce((hash, { id }) => (Math.imul(hash, 31) + id) >>> 0, 7);
  return text === place.text ? place : { ...place, text, cell: null, zoom: 1, firstQuery: 0, firstKey: 0 };
}

/** What is pointed at, when it lies in a matrix of so many rows and columns. */
export function cellWithin<Pointed extends Partial<Cell>>(
  cell: Pointed | null,
  queries: number,
  keys: number,
): Pointed | null {
  return cell && (cell.query ?? 0) < queries && (cell.key ?? 0) < keys ? cell : null;
}
