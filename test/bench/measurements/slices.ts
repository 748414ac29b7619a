import { everyToken } from '../../../src/core/attention/units';
import type { AttentionSlice } from '../../../src/protocol/attention';
import type { BertSizes } from '../../support/bertGraph';
import { benchModel, type BenchModel } from '../benchModel';
import { nextMessage, startChild } from '../childProcess';
import { startEngine } from '../engine';
import { takeTurns, timed, type Aim, type Measurement, type Row } from '../measurement';

/** Parts of a trace from the question to the bytes in this process, over the same number of ready-made bytes. */
export const slices: Measurement = {
  name: 'slices',
  async measure(model) {
    return [
      ...(await slicesOf(model, 512, { layer: 20, mean: 150 })),
      ...(await slicesOf(benchModel('narrow-24x16-random'), 512, null)),
      ...(await slicesOf(benchModel('narrow-1024-random'), 1024, null)),
    ];
  },
};

/** @param aims milliseconds at most; null where it is to work, too, however long it takes. */
async function slicesOf(
  model: BenchModel,
  tokens: number,
  aims: { layer: number; mean: number } | null,
): Promise<Row[]> {
  const { sizes } = model;
  const within = (atMost: number | undefined): Aim | null =>
    atMost === undefined ? null : { of: 'value', atMost };
  const engine = startEngine();
  try {
    const question = { model: model.folder, text: model.text(tokens), budgetBytes: Infinity };
    let { trace } = await engine.request('attention', question);
    const read = (slice: AttentionSlice): Promise<{ bytes: Uint8Array }> =>
      engine.request('attentionSlice', { trace, stack: 'encoder', slice });
    const row = async (
      what: string,
      sliceOf: (round: number) => AttentionSlice,
      aim: Aim | null,
      { rounds = 20, before = async (): Promise<void> => {} } = {},
    ): Promise<Row> => {
      let round = 0;
      const { bytes } = await read(sliceOf(round));
      const sender = startChild('bytes', [String(bytes.length)]);
      try {
        const pairs = await takeTurns(rounds, {
          async value() {
            await before();
            const slice = sliceOf(++round);
            return timed(() => read(slice));
          },
          baseline: () =>
            timed(() => {
              sender.send('');
              return nextMessage(sender);
            }),
        });
        const over = `${(bytes.length / 1e6).toFixed(1)} MB from a bare process`;
        const name = `${what}, ${sizes.layers} × ${sizes.heads} heads, ${tokens} tokens`;
        return { what: name, over, unit: 'ms', pairs, aim };
      } finally {
        sender.kill('SIGKILL');
      }
    };
    const rollout: AttentionSlice = {
      kind: 'matrix',
      source: { kind: 'rollout', layer: sizes.layers - 1 },
      shape: everyToken,
    };
    // What a trace has rolled out it keeps.
    const runAgain = async (): Promise<void> => {
      ({ trace } = await engine.request('attention', question));
    };
    return [
      await row('a layer as bytes', () => ({ kind: 'layer', layer: 6 }), within(aims?.layer)),
      await row('the atlas as bytes', () => ({ kind: 'atlas', cells: 64 }), null),
      await row('the mean of all heads as bytes', (round) => meanWithout(round, sizes), within(aims?.mean)),
      await row('rollout of all layers as bytes', () => rollout, null, { rounds: 4, before: runAgain }),
    ];
  } finally {
    await engine.dispose();
  }
}

/** The mean of all heads but one, another each time: what was asked before is kept. */
function meanWithout(round: number, { layers, heads }: BertSizes): AttentionSlice {
  const all = Array.from({ length: layers * heads }, (_, at) => ({
    layer: Math.floor(at / heads),
    head: at % heads,
  }));
  all.splice(round, 1);
  return { kind: 'matrix', source: { kind: 'mean', heads: all }, shape: everyToken };
}
