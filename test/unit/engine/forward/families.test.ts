import { Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { differenceOf } from '../../../../src/core/forward/difference';
import { forwardPassOf, type Step } from '../../../../src/engine/forward/recipes';
import { recompute } from '../../../../src/engine/forward/recompute';
import { findArchitecture } from '../../../../src/engine/onnx/architecture/architecture';
import { tapEdit } from '../../../../src/engine/onnx/architecture/sources';
import { findAttention } from '../../../../src/engine/onnx/attention';
import { readOnnxModel } from '../../../../src/engine/onnx/model';
import { buildSidecar } from '../../../../src/engine/onnx/sidecar';
import type { OnnxValue } from '../../../../src/engine/onnx/types';
import { matrixOf } from '../../../../src/engine/tensorMatrix';
import type { EncodedToken } from '../../../../src/protocol/encoding';
import { families, type Example } from '../../../support/graphs/all';
import { scratchFolder } from '../../onnx/folder';
import { openSidecar } from '../../onnx/runtime';

const folder = scratchFolder();

/** The sizes of open axes. */
const axes: Record<string, number> = { batch: 1, sequence: 7, target: 5, encoder_sequence: 6, past: 3 };

function feedOf({ name, elementType, dims }: OnnxValue): Tensor {
  const shape = dims!.map((size) => (typeof size === 'number' ? size : axes[size!]!));
  const places = Array.from({ length: shape.reduce((product, size) => product * size, 1) }, (_, at) => at);
  if (elementType === 'float32') return new Tensor(Float32Array.from(places, Math.sin), shape);
  const numbers = places.map((at) => {
    if (name.endsWith('attention_mask')) return 1;
    if (name === 'token_type_ids') return at > 3 ? 1 : 0;
    return name === 'position_ids' ? at : 2 + ((at * 7) % 18);
  });
  return new Tensor('int64', BigInt64Array.from(numbers, BigInt), shape);
}

function tokensOf(ids: Tensor, firstPosition: number): EncodedToken[] {
  return Array.from(ids.data as BigInt64Array, (id, at) => ({
    ...{
      token: '',
      id: Number(id),
      segmentId: at > 3 ? 1 : 0,
      positionId: firstPosition + at,
      attentionMask: 1,
    },
    ...{ special: false, start: 0, end: 0, sequence: 0, word: 0, unknown: false, mask: false },
  }));
}

/** Every step of a graph with how far its recomputation is from the runtime's tensor; null where there is none. */
async function differences({ name, family }: Example): Promise<{ step: Step; relative: number | null }[]> {
  const model = readOnnxModel(folder.write(`${name.replaceAll(/\W/g, '')}.onnx`, family.writer.bytes()));
  const pass = forwardPassOf(model, findArchitecture(model, findAttention(model)));
  const computed = pass.steps.filter(({ recipe }) => recipe.kind !== 'fed');
  const session = await openSidecar(buildSidecar(model, tapEdit(computed.map(({ source }) => source))));
  const feeds = Object.fromEntries(model.inputs.map((input) => [input.name, feedOf(input)]));
  const values = await session.run(feeds);
  const tensorOf = (at: number) => {
    const { source, role } = pass.steps[at]!;
    const { dims, data } = values[source.tensor] ?? feeds[source.tensor]!;
    return Promise.resolve(matrixOf({ dims, values: data as Float32Array }, role));
  };
  const found = [];
  for (const [at, step] of pass.steps.entries()) {
    const isTarget = step.stack === 'decoder' && 'decoder_input_ids' in feeds;
    const tokens = tokensOf(
      feeds[isTarget ? 'decoder_input_ids' : 'input_ids']!,
      /RoBERTa|MPNet/.test(name) ? 2 : 0,
    );
    const model = await tensorOf(at);
    const rows = [...Array(model.rows).keys()];
    const ours = await recompute({ pass, tokens, tensorOf }, at, rows);
    const difference = ours && differenceOf(ours, model.values, step.role.endsWith('Scores'));
    if (difference)
      expect([step.role, ours.length, difference.mismatched]).toEqual([step.role, model.values.length, 0]);
    found.push({ step, relative: difference?.relative ?? null });
  }
  return found;
}

/** What is shown and not recomputed, with the reason. */
const notRecomputed: Readonly<Record<string, readonly string[]>> = {
  // Their bias lies in one tensor, cut by a size that is computed.
  'BERT with fused attention behind its projections': ['attentionQuery', 'attentionKey', 'attentionValue'],
  // Biases by distance are looked up by buckets, and not in this table of formulas.
  MPNet: ['relativePositionBias', 'attentionMask', 'attentionScores'],
  T5: ['relativePositionBias', 'attentionMask'],
  'T5 1.1': ['relativePositionBias', 'attentionMask'],
  // Scores by distance, in another tensor than the mask.
  DeBERTa: ['attentionQuery', 'attentionKey', 'attentionValue', 'attentionScores', 'attentionResidualSum'],
  // Earlier runs' keys and values come before these.
  'GPT-2 with past': ['attentionKey', 'attentionValue'],
  // Another file computes it.
  'a decoder without its encoder': ['lastHiddenState'],
  // Turned by position (Su et al. 2021).
  'GPT-NeoX': ['attentionQuery', 'attentionKey'],
  'GPT-J': ['attentionQuery', 'attentionKey'],
  LLaMA: ['attentionQuery', 'attentionKey'],
  'LLaMA after onnxruntime’s optimiser': ['attentionQuery', 'attentionKey'],
};

describe.each(families)('the forward pass of $name', (example) => {
  it('is what its formulas say, for every layer', async () => {
    const steps = await differences(example);
    const unknown = steps.flatMap(({ step, relative }) => (relative === null ? step.role : []));
    expect([...new Set(unknown)]).toEqual(notRecomputed[example.name] ?? []);
    for (const { step, relative } of steps) {
      const { role, stack, layer } = step;
      expect.soft(relative ?? 0, `${role} ${stack} ${layer}`).toBeLessThan(1e-4);
    }
    const layers = example.family.stacks.flatMap((stack) => stack.layers).length;
    // Nothing is left out: projections, scores, softmax, sums, norms and networks of every layer.
    for (const part of [
      'Query',
      'Probabilities',
      'Context',
      'Output',
      'ResidualSum',
      'Inner',
      'Activation',
    ]) {
      const found = steps.filter(({ step }) => step.role.endsWith(part) && !step.role.startsWith('cross'));
      expect(found.length, part).toBeGreaterThanOrEqual(layers);
    }
  });
});
