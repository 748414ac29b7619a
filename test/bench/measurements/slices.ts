import { everyToken } from '../../../src/core/attention/units';
import type { AttentionSlice } from '../../../src/protocol/attention';
import { bertBaseSizes } from '../../support/bertGraph';
import { nextMessage, startChild } from '../childProcess';
import { startEngine } from '../engine';
import { takeTurns, timed, type Aim, type Measurement, type Row } from '../measurement';

const tokens = 512;

/** Parts of a trace from the question to the bytes in this process, over the same number of ready-made bytes. */
export const slices: Measurement = {
  name: 'slices',
  async measure(model) {
    const engine = startEngine();
    try {
      const question = { model: model.folder, text: model.text(tokens), budgetBytes: Infinity };
      const { trace, stacks } = await engine.request('attention', question);
      const { stack } = stacks[0]!;
      const row = async (
        what: string,
        sliceOf: (round: number) => AttentionSlice,
        aim: Aim | null,
      ): Promise<Row> => {
        let round = 0;
        const { bytes } = await engine.request('attentionSlice', { trace, stack, slice: sliceOf(round) });
        const sender = startChild('bytes', [String(bytes.length)]);
        try {
          const pairs = await takeTurns(20, {
            value() {
              const slice = sliceOf(++round);
              return timed(() => engine.request('attentionSlice', { trace, stack, slice }));
            },
            baseline: () =>
              timed(() => {
                sender.send('');
                return nextMessage(sender);
              }),
          });
          const over = `${(bytes.length / 1e6).toFixed(1)} MB from a bare process`;
          return { what: `${what}, ${tokens} tokens`, over, unit: 'ms', pairs, aim };
        } finally {
          sender.kill('SIGKILL');
        }
      };
      return [
        await row('a layer as bytes', () => ({ kind: 'layer', layer: 6 }), { of: 'value', atMost: 20 }),
        await row('the atlas as bytes', () => ({ kind: 'atlas', cells: 64 }), null),
        await row('the mean of all heads as bytes', meanWithout, { of: 'value', atMost: 150 }),
      ];
    } finally {
      await engine.dispose();
    }
  },
};

/** The mean of all heads but one, another each time: what was asked before is kept. */
function meanWithout(round: number): AttentionSlice {
  const { layers, heads } = bertBaseSizes;
  const all = Array.from({ length: layers * heads }, (_, at) => ({
    layer: Math.floor(at / heads),
    head: at % heads,
  }));
  all.splice(round, 1);
  return { kind: 'matrix', source: { kind: 'mean', heads: all }, shape: everyToken };
}
