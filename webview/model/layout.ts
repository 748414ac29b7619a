import type { ArchitectureFacts, LayerFacts, StackFacts } from '../../src/protocol/architecture';
import { isOfText, layerRuns, type Block, type BlockName, type LayerRun, type Sublayer } from './blocks';

/** All in CSS pixels. */
interface Rectangle {
  x: number;
  y: number;
  width: number;
  height: number;
}

export interface Box extends Rectangle, Block {}

type Point = readonly [x: number, y: number];

/** An arrow along points: from block to block, past a sublayer, or from the encoder to the decoder. */
export interface Edge {
  kind: 'flow' | 'residual' | 'cross';
  points: Point[];
}

/** The frame around one layer, or around one that stands for several. */
export interface Frame extends Rectangle, LayerRun {
  stack: number;
}

export interface Layout {
  width: number;
  height: number;
  boxes: Box[];
  edges: Edge[];
  frames: Frame[];
  /** Where the name of each stack begins. */
  titles: Point[];
}

interface Heights {
  /** A block that computes with weights. */
  block: number;
  /** One that adds or norms. */
  step: number;
  /** Between blocks that do not belong together. */
  gap: number;
}

const folded: Heights = { block: 44, step: 26, gap: 20 };
const unrolled: Heights = { block: 26, step: 22, gap: 16 };
/** Blocks that share the width have their texts one below the other. */
const narrowHeight = 58;

const boxWidth = 236;
/** Room right of the blocks, for what goes past them. */
const lane = 24;
/** Room left of a frame, for how many layers it is. */
const labelWidth = 34;
const framePadding = 12;
const columnWidth = labelWidth + framePadding + boxWidth + lane + framePadding;
/** Between two stacks, where the encoder's result crosses. */
const columnGap = 20;
const margin = 8;
const titleHeight = 22;
const captionHeight = 16;
/** Between blocks that belong together. */
const near = 6;
/** How far before a block the way past it begins. */
const branchHeight = 11;

/**
 * A Transformer as "Attention Is All You Need" draws it in figure 1, from the top down: embeddings, layers, heads;
 * the decoder beside its encoder. @param fold whether layers that are alike are drawn once.
 */
export function layoutOf(architecture: ArchitectureFacts, fold: boolean): Layout {
  const columns = architecture.stacks.map((facts, stack) => {
    const column = new Column(stack, margin + stack * (columnWidth + columnGap), fold ? folded : unrolled);
    column.embeddings(facts);
    for (const run of layerRuns(stack, architecture, fold)) column.layer(facts.layers[run.layers[0]!]!, run);
    column.end(facts);
    return column;
  });
  columns.at(-1)?.heads(architecture);
  return {
    width: columns.length * (columnWidth + columnGap) - columnGap + 2 * margin,
    height: Math.max(0, ...columns.map(({ bottom }) => bottom)) + margin,
    boxes: columns.flatMap(({ boxes }) => boxes),
    edges: [...columns.flatMap(({ edges }) => edges), ...crossings(columns)],
    frames: columns.flatMap(({ frames }) => frames),
    titles: columns.map(({ x }): Point => [x, margin + 12]),
  };
}

/** One stack on its way down. */
class Column {
  readonly boxes: Box[] = [];
  readonly edges: Edge[] = [];
  readonly frames: Frame[] = [];
  readonly x: number;
  bottom = margin + titleHeight;
  /** Where the arrow to the next block begins; null where others lead to it. */
  private from: number | null = null;

  constructor(
    private readonly stack: number,
    readonly left: number,
    private readonly heights: Heights,
  ) {
    this.x = left + labelWidth + framePadding;
  }

  embeddings({ embeddings }: StackFacts): void {
    const { token, position, segment, hasNorm, hasProjection } = embeddings;
    const names: BlockName[] = [];
    if (token) names.push('tokenEmbedding');
    if (position) names.push('positionEmbedding');
    if (segment) names.push('segmentEmbedding');
    if (names.length === 0) return;
    const tables = this.row(names, [], names.length > 1 ? narrowHeight : folded.block, 0);
    if (names.length > 1 || hasNorm)
      this.join(tables, this.next('embeddingSum', [], folded.step, folded.gap));
    else this.from = this.bottom;
    if (hasProjection) this.next('embeddingProjection', [], folded.step, folded.gap);
  }

  /** One layer in its frame, which may stand for several. */
  layer(facts: LayerFacts, run: LayerRun): void {
    const y = this.bottom + this.heights.gap;
    this.bottom = y + near;
    if (facts.isParallel) this.parallel(facts, run.layers);
    else {
      this.sublayer('attention', facts.attention, run.layers);
      if (facts.crossAttention) this.sublayer('crossAttention', facts.crossAttention, run.layers);
      this.sublayer('feedForward', facts.feedForward, run.layers);
    }
    this.bottom += framePadding + (run.isShared ? captionHeight : 0);
    const width = columnWidth - labelWidth;
    const frame = { x: this.x - framePadding, y, width, height: this.bottom - y };
    this.frames.push({ ...run, ...frame, stack: this.stack });
  }

  end({ hasFinalNorm }: StackFacts): void {
    this.next(hasFinalNorm ? 'finalNorm' : 'lastHiddenState', [], folded.step, folded.gap);
  }

  /** Heads one below the other: those of each token, then the pooler with those of the whole text. */
  heads({ heads, hasPooler }: ArchitectureFacts): void {
    const result = this.boxes.at(-1)!;
    const pooled = hasPooler ? heads.filter(({ kind }) => isOfText(kind)) : [];
    const branches: BlockName[][] = heads.filter((head) => !pooled.includes(head)).map(({ kind }) => [kind]);
    if (hasPooler) branches.push(['pooler', ...pooled.map(({ kind }) => kind)]);
    branches.forEach(([first, ...behind], at) => {
      if (at > 0) this.from = null;
      const box = this.next(first!, [], folded.block, folded.gap, null);
      if (at > 0) this.edges.push({ kind: 'flow', points: this.past(rightOf(result), box) });
      for (const name of behind) this.next(name, [], folded.block, folded.gap, null);
    });
  }

  /** A sublayer between its norm and its sum, with the way past it. */
  private sublayer(name: Sublayer, { norm }: LayerFacts[Sublayer] & object, layers: number[]): void {
    const { block, step, gap } = this.heights;
    const isNormedBefore = norm?.placement === 'before';
    const before = isNormedBefore ? this.next(`${name}Norm`, layers, step, gap) : undefined;
    const box = this.next(name, layers, block, before ? near : gap);
    const sum = this.next(`${name}Add`, layers, step, near);
    this.edges.push({ kind: 'residual', points: this.past(this.branchAbove(before ?? box), sum) });
  }

  /** Attention and feed-forward network side by side, both added at once. */
  private parallel({ attention, sharesNorm }: LayerFacts, layers: number[]): void {
    const { step, gap } = this.heights;
    const isNormed = attention.norm?.placement === 'before';
    let branch: Point;
    let functions: Box[];
    if (isNormed && sharesNorm) {
      branch = this.branchAbove(this.next('attentionNorm', layers, step, gap));
      functions = this.fan(['attention', 'feedForward'], layers, narrowHeight);
    } else if (isNormed) {
      const norms = this.fan(['attentionNorm', 'feedForwardNorm'], layers, step);
      branch = this.branchAbove(norms[0]!);
      functions = this.row(['attention', 'feedForward'], layers, narrowHeight, near);
      norms.forEach((norm, at) => this.join([norm], functions[at]!));
    } else {
      functions = this.fan(['attention', 'feedForward'], layers, narrowHeight);
      branch = this.branchAbove(functions[0]!);
    }
    const sum = this.next('feedForwardAdd', layers, step, gap);
    this.join(functions, sum);
    this.edges.push({ kind: 'residual', points: this.past(branch, sum) });
  }

  /** Blocks side by side, each with an arrow from the middle. */
  private fan(names: BlockName[], layers: number[], height: number): Box[] {
    const from = this.from ?? this.bottom;
    const boxes = this.row(names, layers, height, this.heights.gap);
    for (const box of boxes) {
      const [middle, branch] = this.branchAbove(box);
      const { x } = centreOf(box);
      this.edges.push({
        kind: 'flow',
        points: [
          [middle, from],
          [middle, branch],
          [x, branch],
          [x, box.y],
        ],
      });
    }
    return boxes;
  }

  /** Straight arrows from blocks down to one below them. */
  private join(boxes: Box[], below: Box): void {
    for (const box of boxes) {
      const { x } = centreOf(box);
      this.edges.push({
        kind: 'flow',
        points: [
          [x, box.y + box.height],
          [x, below.y],
        ],
      });
    }
  }

  /** Blocks side by side that share the width, without arrows. */
  private row(names: BlockName[], layers: number[], height: number, gap: number): Box[] {
    const y = this.bottom + gap;
    const width = (boxWidth - near * (names.length - 1)) / names.length;
    this.bottom = y + height;
    this.from = null;
    const boxes = names.map((name, at): Box => {
      return { name, stack: this.stack, layers, x: this.x + at * (width + near), y, width, height };
    });
    this.boxes.push(...boxes);
    return boxes;
  }

  /** A block of full width below all others, with the arrow down to it. */
  private next(
    name: BlockName,
    layers: number[],
    height: number,
    gap: number,
    stack: number | null = this.stack,
  ): Box {
    const box: Box = { name, stack, layers, x: this.x, y: this.bottom + gap, width: boxWidth, height };
    const { x } = centreOf(box);
    if (this.from !== null) {
      this.edges.push({
        kind: 'flow',
        points: [
          [x, this.from],
          [x, box.y],
        ],
      });
    }
    this.boxes.push(box);
    this.bottom = box.y + height;
    this.from = this.bottom;
    return box;
  }

  /** The place on the way down where another way leaves, before a block. */
  private branchAbove({ y }: Box): Point {
    return [this.x + boxWidth / 2, y - branchHeight];
  }

  /** A way right of all blocks, into the side of one. */
  private past(from: Point, to: Box): Point[] {
    const side = this.x + boxWidth + lane / 2 + 2;
    const [x, y] = rightOf(to);
    return [from, [side, from[1]], [side, y], [x, y]];
  }
}

function centreOf({ x, y, width, height }: Rectangle): { x: number; y: number } {
  return { x: x + width / 2, y: y + height / 2 };
}

function rightOf({ x, y, width, height }: Rectangle): Point {
  return [x + width, y + height / 2];
}

/** From the encoder's result, or from outside where there is only a decoder, to each attention to it. */
function crossings(columns: Column[]): Edge[] {
  const decoder = columns.at(-1);
  const result = columns
    .slice(0, -1)
    .at(-1)
    ?.boxes.findLast(({ name }) => name === 'finalNorm' || name === 'lastHiddenState');
  const attentions = decoder?.boxes.filter(({ name }) => name === 'crossAttention') ?? [];
  return attentions.map((box): Edge => {
    const { y } = centreOf(box);
    if (!result) {
      return {
        kind: 'cross',
        points: [
          [decoder!.left, y],
          [box.x, y],
        ],
      };
    }
    const [x, start] = rightOf(result);
    const between = decoder!.left - columnGap / 2;
    return {
      kind: 'cross',
      points: [
        [x, start],
        [between, start],
        [between, y],
        [box.x, y],
      ],
    };
  });
}

/** How far a bend of an arrow is rounded. */
const bend = 5;

/** An arrow's line as the `d` of a path. */
export function pathOf(points: readonly Point[]): string {
  const parts = points.map((point, at) => {
    const [before, after] = [points[at - 1], points[at + 1]];
    if (!before) return `M${point.join(' ')}`;
    if (!after) return `L${point.join(' ')}`;
    return `L${towards(point, before).join(' ')}Q${point.join(' ')} ${towards(point, after).join(' ')}`;
  });
  return parts.join('');
}

function towards([x, y]: Point, [otherX, otherY]: Point): Point {
  const distance = Math.hypot(otherX - x, otherY - y) || 1;
  const part = Math.min(bend, distance / 2) / distance;
  return [x + (otherX - x) * part, y + (otherY - y) * part];
}

const directions: Readonly<Record<string, Point>> = {
  ArrowDown: [0, 1],
  ArrowUp: [0, -1],
  ArrowRight: [1, 0],
  ArrowLeft: [-1, 0],
};

/** The box that a key goes to from another: the nearest in an arrow's direction; null for other keys. */
export function boxAfterKey(key: string, boxes: readonly Box[], from: number): number | null {
  if (key === 'Home') return 0;
  if (key === 'End') return boxes.length - 1;
  const direction = directions[key];
  const start = boxes[from];
  if (!direction || !start) return null;
  const [across, down] = direction;
  const { x, y } = centreOf(start);
  let best = { at: from, distance: Infinity };
  boxes.forEach((box, at) => {
    const centre = centreOf(box);
    const along = (centre.x - x) * across + (centre.y - y) * down;
    const aside = Math.abs((centre.x - x) * down) + Math.abs((centre.y - y) * across);
    // What lies straight ahead comes before what is nearer, but to the side.
    const distance = along + 2 * aside;
    if (along > 1 && distance < best.distance) best = { at, distance };
  });
  return best.at;
}
