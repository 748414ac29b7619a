import path from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { expect, it, vi } from 'vitest';
import { inputIdsOf, labelsOf } from '../../../src/core/masking/masking';
import { feedsOf } from '../../../src/engine/feeds';
import { masking } from '../../../src/engine/inspections/masking';
import { ModelStore } from '../../../src/engine/models/store';
import { SessionCache } from '../../../src/engine/sessions';
import type { EntitySource } from '../../../src/protocol/masking';
import { embedded } from './references';

const store = new ModelStore();
const sessions = new SessionCache();
const context = { signal: new AbortController().signal, progress: () => {} };
const text = 'play some jazz by miles davis on spotify, 我们明天去北京公园';

const ask = (entities: EntitySource, seed = 5): ReturnType<typeof masking> =>
  masking(store, sessions, { model: embedded, text, rate: 0.3, seed, epochs: 3, entities }, context);

it('shows the cross-entropy of the unchanged file on what each pattern lets it read', async () => {
  const { tokens, patterns } = await ask({ words: ['miles davis'] });
  const model = store.open(embedded);
  // The runtime's optimiser would compute with the int8 weights themselves, which rounds.
  const session = await InferenceSession.create(model.graph.file, {
    logSeverityLevel: 3,
    graphOptimizationLevel: 'disabled',
  });
  for (const pattern of Object.values(patterns).flat()) {
    const ids = inputIdsOf(tokens, pattern);
    const read = tokens.map((token, at) => ({ ...token, id: ids[at]! }));
    const output = (await session.run(feedsOf(model.graph.inputs, read, 0, '')))[model.mlmLogits!]!;
    const logits = output.data as Float32Array;
    const width = logits.length / tokens.length;
    const losses = labelsOf(tokens, pattern).flatMap((label, at) => {
      if (label === -100) return [];
      const row = Array.from(logits.subarray(at * width, (at + 1) * width));
      return [Math.log(row.reduce((sum, logit) => sum + Math.exp(logit), 0)) - row[label]!];
    });
    const mean = losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
    if (losses.length === 0) expect(pattern.loss).toBeNull();
    else expect(pattern.loss).toBeCloseTo(mean, 3);
  }
});

it('has a pattern for each epoch, the same for a seed, with entities of a list or of a tagging model', async () => {
  const tagger = path.join(path.dirname(embedded), 'bert-tiny-slots');
  for (const entities of [{ words: ['miles davis'] }, { tagger }]) {
    const result = await ask(entities);
    expect(Object.keys(result.patterns)).toEqual(['token', 'word', 'span', 'entity']);
    for (const drawn of Object.values(result.patterns)) {
      expect(drawn).toHaveLength(3);
      expect(new Set(drawn.map(({ masked }) => JSON.stringify(masked))).size).toBeGreaterThan(1);
    }
    expect((await ask(entities)).patterns).toEqual(result.patterns);
    expect((await ask(entities, 6)).patterns).not.toEqual(result.patterns);
  }
});

it('asks a tagging model once for a text', async () => {
  const tagger = path.join(path.dirname(embedded), 'bert-tiny-slots');
  const opened = vi.spyOn(sessions, 'open');
  const ofTagger = (): number => opened.mock.calls.filter(([model]) => model === store.open(tagger)).length;
  const other = { text: 'play miles davis', rate: 0.3, epochs: 1, model: embedded, entities: { tagger } };
  await masking(store, sessions, { ...other, seed: 1 }, context);
  const before = ofTagger();
  await masking(store, sessions, { ...other, seed: 2 }, context);
  expect(ofTagger()).toBe(before);
  await masking(store, sessions, { ...other, seed: 2, text: 'play jazz' }, context);
  expect(ofTagger()).toBeGreaterThan(before);
  opened.mockRestore();
});

it('masks an entity as a whole', async () => {
  const { tokens, patterns } = await masking(
    store,
    sessions,
    { model: embedded, text, rate: 0.5, seed: 1, epochs: 20, entities: { words: ['miles davis'] } },
    context,
  );
  const at = text.indexOf('miles davis');
  const own = tokens.flatMap(({ start }, place) =>
    start !== null && start >= at && start < at + 'miles davis'.length ? [place] : [],
  );
  const hits = patterns.entity.map(
    ({ masked }) => masked.filter(({ position }) => own.includes(position)).length,
  );
  expect(new Set(hits)).toEqual(new Set([0, own.length]));
});
