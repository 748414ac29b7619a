import path from 'node:path';
import type { EngineClient } from '../../../src/client/engineClient';
import type { FillResult } from '../../../src/protocol/inspections';
import { repositoryRoot } from '../../support/paths';
import { feedsFor, feedsOf, startEngine } from '../engine';
import { takeTurns, timed, type Measurement, type Row } from '../measurement';
import { PeerProcess, type PeerFill } from '../peerProcess';
import { SessionProcess } from '../sessionProcess';

const embedded = path.join(repositoryRoot, 'media/models/bert-tiny-en-zh');
const sentence = 'I drink a cup of [MASK] every morning.';

async function embeddedModel(engine: EngineClient): Promise<Row> {
  const bare = await SessionProcess.start('bare', embedded);
  try {
    const feeds = await feedsOf(engine, embedded, sentence);
    const pairs = await takeTurns(50, {
      value: () => timed(() => engine.request('fill', { model: embedded, text: sentence, topK: 5 })),
      baseline: () => bare.run(feeds),
    });
    return {
      what: 'fill-mask end to end, a sentence, the embedded model',
      over: 'bare run of the file',
      unit: 'ms',
      pairs,
      aim: { of: 'value', atMost: 10 },
    };
  } finally {
    bare.stop();
  }
}

/**
 * Predicting a masked word end to end, from the text to the list of words in this process, over the bare run of
 * the unchanged file on the same inputs, timed without its way to this process. Engine and bare session each have a
 * process and threads of their own and run by turns.
 */
export const fill: Measurement = {
  name: 'fill',
  async measure(model) {
    const engine = startEngine();
    const bare = await SessionProcess.start('bare', model.folder);
    const peer = await PeerProcess.start(model.folder);
    const rows: Row[] = [await embeddedModel(engine)];
    try {
      for (const length of [128, 512]) {
        const question = { model: model.folder, text: model.text(length), topK: 5 };
        const feeds = await feedsFor(engine, model, length);
        if (peer) requireAlike(await engine.request('fill', question), await peer.fill(question.text, 5));
        const rounds = await takeTurns(10, {
          value: () => timed(() => engine.request('fill', question)),
          baseline: () => bare.run(feeds),
          peer: async () => (await peer?.fill(question.text, 5))?.milliseconds ?? 0,
        });
        const row = (what: string, pairs: Row['pairs'], aim: Row['aim']): Row => ({
          what: `${what}, ${length} tokens`,
          over: 'bare run of the file',
          unit: 'ms',
          ...{ pairs, aim },
        });
        rows.push(row('fill-mask end to end', rounds, { of: 'ratio', atMost: 0.85 }));
        if (!peer) continue;
        const ofPeer = rounds.map(({ peer: value, baseline }) => ({ value, baseline }));
        rows.push(row('fill-mask by the peer library', ofPeer, null));
      }
      return rows;
    } finally {
      bare.stop();
      peer?.stop();
      await engine.dispose();
    }
  },
};

/** The words of both pipelines, which run the same file. @throws Error for other words, or other probabilities. */
function requireAlike({ masks }: FillResult, { predictions }: PeerFill): void {
  for (const [rank, { id, probability }] of masks[0]!.predictions.entries()) {
    const other = predictions[rank]!;
    if (other.id === id && Math.abs(other.score - probability) <= 1e-5 * probability) continue;
    throw new Error(`Token ${id} has probability ${probability}; the peer has ${other.id}, ${other.score}.`);
  }
}
