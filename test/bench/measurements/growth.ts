import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { EngineClient } from '../../../src/client/engineClient';
import { RunStore } from '../../../src/runs/store';
import { repositoryRoot } from '../../support/paths';
import { benchModel } from '../benchModel';
import { startEngine } from '../engine';
import { growthRow, type SizeSample } from '../growth';
import { takeTurns, timed, type Measurement, type Row } from '../measurement';
import { eventFile } from '../runLogs';

/**
 * How long questions take as texts, models and files get larger. Attention has as many weights as pairs of tokens,
 * so its own exponent is 2; all else is of each token, layer, line or point.
 */
export const growth: Measurement = {
  name: 'growth',
  async measure() {
    const engine = startEngine();
    try {
      return [
        ...(await ofTokens(engine)),
        ...(await ofLayers(engine)),
        ...(await ofLines(engine)),
        await ofPoints(),
      ];
    } finally {
      await engine.dispose();
    }
  },
};

/** Asks about each size by turns. */
async function sample<Size>(
  sizes: readonly Size[],
  sizeOf: (size: Size) => number,
  ask: (size: Size) => Promise<unknown>,
  rounds = 5,
): Promise<SizeSample[]> {
  const ways = Object.fromEntries(sizes.map((size) => [String(sizeOf(size)), () => timed(() => ask(size))]));
  const samples = await takeTurns(rounds, ways);
  return sizes.map((size) => ({
    size: sizeOf(size),
    milliseconds: samples.map((round) => round[String(sizeOf(size))]!),
  }));
}

async function ofTokens(engine: EngineClient): Promise<Row[]> {
  const { folder: model, text } = benchModel('long-random');
  const sizes = [16, 64, 256, 1024, 4096];
  const by = (ask: (text: string) => Promise<unknown>): Promise<SizeSample[]> =>
    sample(
      sizes,
      (size) => size,
      (size) => ask(text(size)),
    );
  return [
    growthRow(
      'tokens with ranges',
      'tokens',
      1,
      await by((text) => engine.request('tokens', { model, text })),
    ),
    growthRow('fill-mask', 'tokens', 2, await by((text) => engine.request('fill', { model, text, topK: 5 }))),
    growthRow(
      'all attention',
      'tokens',
      2,
      await by((text) => engine.request('attention', { model, text, budgetBytes: Infinity })),
    ),
  ];
}

async function ofLayers(engine: EngineClient): Promise<Row[]> {
  const models = ([2, 6, 12, 24] as const).map((layers) => benchModel(`layers-${layers}-random`));
  const by = (ask: (model: (typeof models)[number]) => Promise<unknown>): Promise<SizeSample[]> =>
    sample(models, ({ sizes }) => sizes.layers, ask);
  return [
    growthRow(
      'opening a model, to its first answer',
      'layers',
      1,
      await by(async ({ folder, text }) => {
        await engine.request('unload', { model: folder });
        await engine.request('fill', { model: folder, text: text(16), topK: 5 });
      }),
    ),
    growthRow(
      'all attention of 128 tokens',
      'layers',
      1,
      await by(({ folder, text }) =>
        engine.request('attention', { model: folder, text: text(128), budgetBytes: Infinity }),
      ),
    ),
  ];
}

async function ofLines(engine: EngineClient): Promise<Row[]> {
  const models = path.join(repositoryRoot, 'media/models');
  const folder = mkdtempSync(path.join(tmpdir(), 'headlight-bench-lines-'));
  try {
    const fileOf = (lines: number): string => path.join(folder, `${lines}.txt`);
    const line = 'Each morning the old keeper counted the ships.\n';
    const sizes = [1, 10, 100, 1_000, 10_000, 100_000];
    for (const size of sizes) writeFileSync(fileOf(size), line.repeat(size));
    let written = 0;
    const masked = await sample(
      sizes,
      (size) => size,
      (size) =>
        engine.request('maskFile', {
          model: path.join(models, 'bert-tiny-en-zh'),
          source: { file: fileOf(size) },
          output: path.join(folder, `${written++}.jsonl`),
          policy: 'word',
          entities: { words: [] },
          rate: 0.15,
          epochs: 1,
          seed: 1,
        }),
      2,
    );
    const classified = await sample(
      sizes.slice(0, 4),
      (size) => size,
      (size) =>
        engine.request('classes', {
          model: path.join(models, 'bert-tiny-intent'),
          text: line.repeat(size),
          byLine: true,
        }),
      3,
    );
    return [
      growthRow('masking a file', 'lines', 1, masked),
      growthRow('classes of each line', 'lines', 1, classified),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function ofPoints(): Promise<Row> {
  const context = { signal: new AbortController().signal, progress: () => {} };
  const read = await sample(
    [1e3, 1e4, 1e5, 1e6, 1e7],
    (size) => size,
    (size) => new RunStore().read([eventFile(size).file], context),
    3,
  );
  return growthRow('reading an event file', 'points', 1, read);
}
