import { mkdtempSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { ModelStore, type Model } from '../../../src/engine/models/store';
import { SessionCache } from '../../../src/engine/sessions';
import type { LoadedModel } from '../../../src/protocol/engine';
import { BertGraph, tinyVocabulary } from '../../support/bertGraph';

const store = new ModelStore();
const graph = new BertGraph({ opset: 17, fused: true }).bytes();

/** A model in a folder of its own, as large as every other. */
function modelIn(name: string): Model {
  const folder = mkdtempSync(path.join(tmpdir(), `headlight-sessions-${name}-`));
  writeFileSync(path.join(folder, 'model.onnx'), graph);
  writeFileSync(path.join(folder, 'vocab.txt'), tinyVocabulary.join('\n'));
  return store.open(folder);
}

describe('open sessions', () => {
  let sessions: SessionCache;
  let loaded: LoadedModel[];
  beforeEach(() => {
    sessions = new SessionCache();
    sessions.onDidChange = (now) => (loaded = now);
  });
  const files = (): string[] => loaded.map(({ onnxFile }) => onnxFile);

  it('are released by their weights, those that were not used for longest first', async () => {
    const [one, two, three] = ['one', 'two', 'three'].map(modelIn) as [Model, Model, Model];
    // Two of them fit into the third that sessions get.
    sessions.memoryLimitBytes = 3 * 2.5 * graph.length;
    await sessions.open(one, 'attention');
    await sessions.open(two, 'attention');
    await sessions.open(one, 'attention');
    expect(files()).toEqual([one.graph.file, two.graph.file]);
    await sessions.open(three, 'attention');
    expect(files()).toEqual([one.graph.file, three.graph.file]);
    // Another kind of question takes the weights once more.
    await sessions.open(three, 'every role');
    expect(files()).toEqual([three.graph.file]);
  });

  it('are as many as the budget has room for', async () => {
    const models = ['a', 'b', 'c', 'd', 'e'].map(modelIn);
    for (const model of models) await sessions.open(model, 'attention');
    expect(files()).toEqual(models.map((model) => model.graph.file));
  });

  it('keep the newest although it alone is above the budget', async () => {
    const [one, two] = ['one', 'two'].map(modelIn) as [Model, Model];
    sessions.memoryLimitBytes = 1.5 * graph.length;
    await sessions.open(one, 'attention');
    await sessions.open(two, 'attention');
    expect(files()).toEqual([two.graph.file]);
    sessions.memoryLimitBytes = graph.length - 1;
    await expect(sessions.open(one, 'attention')).rejects.toMatchObject({ code: 'OutOfMemory' });
    // What is refused takes nothing away.
    expect(files()).toEqual([two.graph.file]);
  });

  it('are said to take at least their weights, once for each kind of question', async () => {
    const model = modelIn('one');
    const { size } = statSync(model.graph.file);
    await sessions.open(model, 'attention');
    await sessions.open(model, 'every role');
    expect(loaded).toHaveLength(1);
    expect(loaded[0]!.bytes).toBeGreaterThanOrEqual(2 * size);
    await sessions.release(model);
    expect(loaded).toEqual([]);
  });
});
