import { describe, expect, it } from 'vitest';
import { differenceOf } from '../../../../src/core/forward/difference';
import { normalNumbers } from '../../../../src/core/forward/vectors';
import { changed } from '../../../../src/engine/forward/experiments/gradient';
import { statesOf } from '../../../../src/engine/forward/states';
import { sublayersOf } from '../../../../src/engine/forward/sublayers';
import type { ForwardTrace } from '../../../../src/engine/forward/trace';
import { forward } from '../../../../src/engine/inspections/forward';
import { forwardExperiment } from '../../../../src/engine/inspections/forwardExperiment';
import { forwardStep } from '../../../../src/engine/inspections/forwardStep';
import { ModelStore } from '../../../../src/engine/models/store';
import { SessionCache } from '../../../../src/engine/sessions';
import { TraceStore } from '../../../../src/engine/traces';
import type { ForwardExperiment, ForwardExperimentResult } from '../../../../src/protocol/forward';
import { embedded } from '../references';

const store = new ModelStore();
const sessions = new SessionCache();
const traces = new TraceStore();
traces.configure(2 ** 32);
const context = { signal: new AbortController().signal, progress: () => {} };
const text = 'She went to school by bus. 我今天很高兴。';

async function traced(read = text): Promise<{ name: string; trace: ForwardTrace }> {
  const result = await forward(
    store.open(embedded),
    sessions,
    traces,
    { model: embedded, text: read },
    context,
  );
  return { name: result.trace, trace: traces.forward(result.trace) };
}

async function tried<Kind extends ForwardExperiment>(
  experiment: Kind,
  role: string,
  token = 0,
  read = text,
): Promise<Extract<ForwardExperimentResult, { experiment: Kind }>> {
  const { name, trace } = await traced(read);
  const step = trace.pass.steps.findIndex((each) => each.role === role);
  const result = await forwardExperiment(trace, { trace: name, experiment, step, token });
  return result as Extract<ForwardExperimentResult, { experiment: Kind }>;
}

describe('the logit lens', () => {
  it('gives behind the last layer what the model itself predicts', async () => {
    const { name, trace } = await traced();
    const head = trace.pass.steps.findIndex(({ role }) => role === 'maskedWordLogits');
    for (const token of [0, 4]) {
      const { states } = await tried('lens', 'feedForwardNorm', token);
      expect(states.map(({ layer }) => layer)).toEqual([null, 0, 1, 2, 3]);
      const { details } = await forwardStep(trace, { trace: name, step: head, token, mostProducts: 1 });
      const [own] = details.flatMap((each) => (each.kind === 'choices' ? [each.choices] : []));
      states.at(-1)!.choices.forEach(({ label, probability }, at) => {
        expect(label).toBe(own![at]!.label);
        expect(probability).toBeCloseTo(own![at]!.probability, 5);
      });
    }
  });
});

describe('shuffled tokens', () => {
  it('merely change places without positions, and not with them', async () => {
    const { withPositions, withoutPositions, tokens } = await tried('shuffle', 'positionEmbedding');
    expect(withoutPositions).toBeLessThan(1e-5);
    expect(withPositions).toBeGreaterThan(0.05);
    const { trace } = await traced();
    const own = trace.input.tokens.map(({ token }) => token);
    expect(tokens.toSorted()).toEqual(own.toSorted());
    expect(tokens).not.toEqual(own);
    expect([tokens[0], tokens.at(-1)]).toEqual(['[CLS]', '[SEP]']);
  });
});

describe('gradients by finite differences', () => {
  it('are of functions that give what the model gives', async () => {
    const { trace } = await traced();
    const sublayers = (await sublayersOf(trace, 'encoder'))!;
    expect(sublayers).toHaveLength(8);
    const states = statesOf(trace.pass, 'encoder').slice(1);
    for (const [layer, { step }] of states.entries()) {
      const { apply, stream } = sublayers[2 * layer + 1]!;
      const { values } = (await trace.tensor(step)).matrix;
      expect(differenceOf(apply(stream, stream), values).relative).toBeLessThan(1e-5);
    }
  });

  it('are linear in their direction', async () => {
    const { trace } = await traced();
    const normal = normalNumbers(5);
    for (const sublayer of (await sublayersOf(trace, 'encoder'))!.slice(2, 4)) {
      const [one, other] = [
        Float64Array.from(sublayer.stream, normal),
        Float64Array.from(sublayer.stream, normal),
      ];
      const both = one.map((number, at) => number + 2 * other[at]!);
      for (const residual of [0, 1] as const) {
        const [left, right] = [changed(sublayer, one, residual), changed(sublayer, other, residual)];
        const sum = left.map((number, at) => number + 2 * right[at]!);
        expect(differenceOf(changed(sublayer, both, residual), sum).relative).toBeLessThan(1e-4);
      }
    }
  });

  it('last where the stream goes on, and not without it', async () => {
    const found = await tried('gradient', 'attentionResidualSum');
    expect(found.withResidual).toHaveLength(8);
    expect(found.sublayers.map(({ layer }) => layer)).toEqual([0, 0, 1, 1, 2, 2, 3, 3]);
    expect(found.withResidual[7]!).toBeGreaterThan(found.withoutResidual[7]!);
    expect(found.recurrent).toHaveLength(8);
  });
});

describe('batch norm on the lines of a text', () => {
  const lines = [
    text,
    'A cup of tea.',
    'The keeper counted seventeen ships before breakfast.',
    '我喜欢喝茶。',
  ];

  it('has statistics that stray the more the smaller the batch, and that padding moves', async () => {
    const found = await tried('batchNorm', 'attentionNorm', 0, `${lines.join('\n')}\n\n`);
    expect(found).toMatchObject({ lines: 4, sizes: [1, 2, 4], features: 160 });
    expect(found.meanStrays[0]!).toBeGreaterThan(found.meanStrays[1]!);
    expect(found.meanStrays[2]!).toBe(0);
    expect(found.padding).toBeGreaterThan(0.1);
    expect(found.paddingMoves).toBeGreaterThan(0.01);
    // Layer norm reads one token alone, and the mask keeps padding out of it.
    expect(found.layerNormMoves).toBeLessThan(1e-4);
  });

  it('needs several lines', async () => {
    await expect(tried('batchNorm', 'attentionNorm')).rejects.toMatchObject({
      code: 'WrongUsage',
      message: expect.stringContaining('several lines') as string,
    });
  });
});
