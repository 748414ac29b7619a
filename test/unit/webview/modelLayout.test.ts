import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ModelStore } from '../../../src/engine/models/store';
import type { ArchitectureFacts } from '../../../src/protocol/architecture';
import type { ModelFacts } from '../../../src/protocol/models';
import {
  blockOf,
  choiceOf,
  inLayer,
  layerRuns,
  rolesOf,
  weightsOf,
  type Block,
} from '../../../webview/model/blocks';
import { boxAfterKey, layoutOf, pathOf, type Box, type Layout } from '../../../webview/model/layout';
import { countWays, listRoles, splitCommand } from '../../../webview/model/listing';
import { families } from '../../support/graphs/all';
import { albert, bert, encoderDecoder, parallel, type Family } from '../../support/graphs/families';

const torch = { opset: 14, norm: 'torch' } as const;

function factsOf({ writer }: Family): ModelFacts {
  const folder = mkdtempSync(path.join(tmpdir(), 'headlight-layout-'));
  writeFileSync(path.join(folder, 'model.onnx'), writer.bytes());
  return new ModelStore().open(folder).facts;
}

/** The same with so many layers in each stack, each like the first with weights of its own. */
function deepened({ stacks, weights, ...rest }: ArchitectureFacts, layers: number): ArchitectureFacts {
  const all = Array.from({ length: layers }, (_, layer) => layer);
  return {
    ...rest,
    stacks: stacks.map((stack) => ({ ...stack, layers: all.map(() => stack.layers[0]!) })),
    weights: weights.flatMap((each) => {
      if (each.layers.length === 0) return each;
      return each.layers[0] === 0 ? all.map((layer) => ({ ...each, layers: [layer] })) : [];
    }),
  };
}

const vanilla = factsOf(encoderDecoder(torch, { norm: 'after', activation: 'relu', positions: 'learned' }));
const names = ({ boxes }: Layout): string[] => boxes.map(({ name }) => name);
const layerOf = (box: Box): number | undefined => box.layers[0];

function expectSound({ boxes, frames, edges, width, height }: Layout): void {
  for (const [at, box] of boxes.entries()) {
    expect([box.x >= 0, box.y >= 0, box.x + box.width <= width, box.y + box.height <= height]).toEqual([
      ...[true, true, true, true],
    ]);
    for (const other of boxes.slice(at + 1)) {
      const apart =
        box.x + box.width <= other.x ||
        other.x + other.width <= box.x ||
        box.y + box.height <= other.y ||
        other.y + other.height <= box.y;
      expect(apart || `${box.name} lies over ${other.name}`).toBe(true);
    }
    const frame = frames.find(({ stack, layers }) => stack === box.stack && layers.includes(layerOf(box)!));
    if (frame) {
      expect(box.y).toBeGreaterThan(frame.y);
      expect(box.y + box.height).toBeLessThan(frame.y + frame.height);
    }
  }
  for (const { points } of edges) {
    const [x, y] = points.at(-1)!;
    const ends = boxes.some(
      (box) => x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height,
    );
    expect(ends).toBe(true);
    for (const [at, [nextX, nextY]] of points.slice(1).entries())
      expect(nextX === points[at]![0] || nextY === points[at]![1]).toBe(true);
  }
}

describe.each([true, false])('the drawing, folded %s', (fold) => {
  it.each(families)('of $name is sound', ({ family }) => {
    const { architecture, roles } = factsOf(family);
    const layout = layoutOf(architecture!, fold);
    expectSound(layout);
    // Every block opens a tensor of its own.
    for (const box of layout.boxes) {
      const choice = choiceOf(box, null, roles, architecture!);
      expect([box.name, choice && blockOf(choice, architecture!.stacks[box.stack!])]).toEqual([
        box.name,
        box.name,
      ]);
    }
  });

  it('can be walked over by the arrow keys', () => {
    const { boxes } = layoutOf(vanilla.architecture!, fold);
    const reached = new Set([0]);
    for (const at of reached)
      for (const key of ['ArrowDown', 'ArrowUp', 'ArrowLeft', 'ArrowRight'])
        reached.add(boxAfterKey(key, boxes, at)!);
    expect(reached.size).toBe(boxes.length);
    expect([boxAfterKey('Home', boxes, 3), boxAfterKey('End', boxes, 3)]).toEqual([0, boxes.length - 1]);
    expect(boxAfterKey('a', boxes, 3)).toBeNull();
  });
});

describe('layers', () => {
  const shallow = factsOf(bert(torch)).architecture!;

  it.each([12, 24])('that are alike are one where %i are folded, and each one where not', (count) => {
    const deep = deepened(shallow, count);
    const [folded, unrolled] = [layoutOf(deep, true), layoutOf(deep, false)];
    expect(folded.frames.map(({ layers }) => layers.length)).toEqual([count]);
    expect(unrolled.frames.map(({ layers }) => layers)).toEqual(
      Array.from({ length: count }, (_, layer) => [layer]),
    );
    expect(names(folded).filter((name) => name === 'attention')).toHaveLength(1);
    expect(names(unrolled).filter((name) => name === 'attention')).toHaveLength(count);
    expect(folded.height).toBe(layoutOf(deepened(shallow, 2), true).height);
    expect(unrolled.height / count).toBeLessThan(260);
    expectSound(unrolled);
  });

  it('that differ stay apart', () => {
    const deep = deepened(shallow, 6);
    deep.stacks[0]!.layers[2] = { ...deep.stacks[0]!.layers[2]!, isParallel: true };
    deep.weights.find(({ block, layers }) => block === 'attention' && layers[0] === 4)!.parameters++;
    expect(layerRuns(0, deep, true).map(({ layers }) => layers)).toEqual([[0, 1], [2], [3], [4], [5]]);
  });

  it('with the same weights are marked, and apart from those with a set of their own', () => {
    const shared = factsOf(albert(torch)).architecture!;
    expect(layerRuns(0, shared, true)).toEqual([{ layers: [0, 1, 2], isShared: true }]);
    expect(layerRuns(0, shared, false)).toHaveLength(3);
    const two = deepened(shallow, 6);
    two.weights = two.weights.flatMap((each) =>
      each.layers.length === 0
        ? each
        : each.layers[0]! % 3
          ? []
          : { ...each, layers: [0, 1, 2].map((at) => at + each.layers[0]!) },
    );
    expect(layerRuns(0, two, true)).toEqual([
      { layers: [0, 1, 2], isShared: true },
      { layers: [3, 4, 5], isShared: true },
    ]);
  });
});

describe('an encoder and its decoder', () => {
  it('stand side by side, with an arrow to each attention from one to the other', () => {
    const layout = layoutOf(deepened(vanilla.architecture!, 12), false);
    const cross = layout.edges.filter(({ kind }) => kind === 'cross');
    expect(cross).toHaveLength(12);
    const result = layout.boxes.find(({ name, stack }) => name === 'lastHiddenState' && stack === 0)!;
    for (const { points } of cross)
      expect(points[0]).toEqual([result.x + result.width, result.y + result.height / 2]);
    const [encoder, decoder] = layout.frames.filter(({ layers }) => layers[0] === 0);
    expect(encoder!.x + encoder!.width).toBeLessThan(decoder!.x);
    expect(layout.edges.filter(({ kind }) => kind === 'residual')).toHaveLength(12 * 2 + 12 * 3);
  });

  it('have their norms where they are found', () => {
    const before = factsOf(
      encoderDecoder(torch, { norm: 'before', activation: 'relu', positions: 'learned' }),
    );
    const order = names(layoutOf(before.architecture!, true)).slice(3, 9);
    expect(order).toEqual([
      ...['attentionNorm', 'attention', 'attentionAdd'],
      ...['feedForwardNorm', 'feedForward', 'feedForwardAdd'],
    ]);
    expect(names(layoutOf(vanilla.architecture!, true)).slice(3, 7)).toEqual([
      ...['attention', 'attentionAdd', 'feedForward', 'feedForwardAdd'],
    ]);
    const [attention, network] = layoutOf(
      factsOf(parallel(torch, 'oneNorm')).architecture!,
      true,
    ).boxes.slice(2);
    expect([attention!.name, network!.name, attention!.y]).toEqual(['attention', 'feedForward', network!.y]);
  });
});

describe('a block', () => {
  const { architecture, roles } = factsOf(bert(torch));
  const attention: Block = { name: 'attention', stack: 0, layers: [0, 1] };

  it('opens its output first, in the layer that is shown', () => {
    const choice = choiceOf(attention, null, roles, architecture!)!;
    expect(choice).toEqual({ role: 'attentionOutput', stack: 'encoder', layer: 0, shownLayer: 0 });
    const second = inLayer(choice, 1);
    expect(choiceOf({ ...attention, name: 'feedForward' }, second, roles, architecture!)).toMatchObject({
      ...{ role: 'feedForwardOutput', layer: 1, shownLayer: 1 },
    });
    expect(choiceOf({ ...attention, layers: [0] }, second, roles, architecture!)).toMatchObject({ layer: 0 });
  });

  it('has all of its tensors, those of the model’s other blocks left out', () => {
    const choice = choiceOf(attention, null, roles, architecture!)!;
    expect(rolesOf('attentionAdd', choice, roles, architecture!).map(({ role }) => role)).toEqual([
      ...['attentionResidualSum', 'attentionNorm'],
    ]);
    expect(rolesOf('attention', choice, roles, architecture!).map(({ role }) => role)).toEqual([
      'relativePositionBias',
      ...['Query', 'Key', 'Value', 'Scores', 'Mask', 'Probabilities', 'Context', 'Heads', 'Output'].map(
        (part) => `attention${part}`,
      ),
    ]);
  });

  it('has the weights of its layer', () => {
    const weights = weightsOf({ ...attention, layers: [1] }, architecture!)!;
    expect([weights.block, weights.layers]).toEqual(['attention', [1]]);
    expect(weightsOf({ name: 'attentionAdd', stack: 0, layers: [1] }, architecture!)).toBeUndefined();
    expect(weightsOf({ name: 'tokenEmbedding', stack: 0, layers: [] }, architecture!)!.block).toBe(
      'embeddings',
    );
  });
});

describe('what a file can show', () => {
  it('is listed once for all layers that are alike', () => {
    const { roles } = factsOf(bert(torch));
    const parts = listRoles(roles);
    expect(parts.map(({ part }) => part)).toEqual([
      'embeddings',
      'result',
      'attention',
      'feedForward',
      'heads',
    ]);
    const listed = parts.flatMap((part) => part.roles);
    expect(listed.reduce((sum, { layers }) => sum + Math.max(1, layers.length), 0)).toBe(roles.length);
    expect(listed.find(({ first }) => first.role === 'attentionQuery')!.layers).toEqual([0, 1]);
    const counts = countWays(roles);
    expect(counts.present + counts.recomputed + counts.missing).toBe(roles.length);
  });

  it('has the command of a reason apart', () => {
    expect(splitCommand('No head: optimum-cli export onnx --model M F')).toEqual({
      text: 'No head:',
      command: 'optimum-cli export onnx --model M F',
    });
    expect(splitCommand('没有头：optimum-cli export')).toEqual({
      text: '没有头：',
      command: 'optimum-cli export',
    });
    expect(splitCommand('It is not gated.')).toEqual({ text: 'It is not gated.', command: null });
  });
});

describe('an arrow', () => {
  it('is rounded where it bends', () => {
    expect(
      pathOf([
        [0, 0],
        [0, 20],
      ]),
    ).toBe('M0 0L0 20');
    expect(
      pathOf([
        [0, 0],
        [0, 20],
        [30, 20],
      ]),
    ).toBe('M0 0L0 15Q0 20 5 20L30 20');
  });
});
