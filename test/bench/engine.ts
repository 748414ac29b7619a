/** The real engine, as the extension and the terminal start it. */
import path from 'node:path';
import { EngineClient } from '../../src/client/engineClient';
import { askTokens } from '../../src/client/tokens';
import { repositoryRoot } from '../support/paths';
import type { BenchModel } from './benchModel';
import type { Feeds } from './sessionProcess';

export function startEngine(): EngineClient {
  return new EngineClient({
    entry: path.join(repositoryRoot, 'dist/engine.js'),
    settings: { threads: 0, memoryLimitBytes: 8 * 2 ** 30 },
    limits: { idleSeconds: 600, requestSeconds: 600 },
    log: (line, level) => level === 'error' && console.error(line),
  });
}

/** What the engine feeds the model for the bench text of so many tokens. */
export async function feedsFor(engine: EngineClient, model: BenchModel, length: number): Promise<Feeds> {
  const feeds = await feedsOf(engine, model.folder, model.text(length));
  const tokens = feeds['input_ids']!.length;
  if (tokens !== length) throw new Error(`The bench text has ${tokens} tokens, not ${length}.`);
  return feeds;
}

/** What the engine feeds a BERT in a folder for a text. */
export async function feedsOf(engine: EngineClient, model: string, text: string): Promise<Feeds> {
  const { tokens } = await askTokens(engine, { model, text });
  return {
    input_ids: BigInt64Array.from(tokens, ({ id }) => BigInt(id)),
    attention_mask: BigInt64Array.from(tokens, ({ attentionMask }) => BigInt(attentionMask)),
    token_type_ids: BigInt64Array.from(tokens, ({ segmentId }) => BigInt(segmentId)),
  };
}
