import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { ModelStore } from '../../../src/engine/models/store';
import { tinyVocabulary } from '../../support/bertGraph';

it('a checkpoint without a graph shows its tokens, and the command that exports it', () => {
  const folder = path.join(mkdtempSync(path.join(tmpdir(), 'headlight-')), 'my model');
  mkdirSync(folder);
  writeFileSync(path.join(folder, 'vocab.txt'), tinyVocabulary.join('\n'));
  const missing = (): object | undefined =>
    new ModelStore().open(folder).facts.missing.find(({ part }) => part === 'onnx');
  const command = `optimum-cli export onnx --model "${folder}" "${folder}"`;
  expect(missing()).toMatchObject({ command, message: expect.stringContaining('There is no .onnx file') });
  writeFileSync(path.join(folder, 'model.safetensors'), '');
  expect(missing()).toMatchObject({
    command,
    message: expect.stringContaining('holds a checkpoint (model.safetensors)'),
  });
  expect(new ModelStore().open(folder).facts.answers).toEqual(['tokens']);
});
