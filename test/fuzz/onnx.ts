/** Damaged ONNX files: each gives facts, and a sidecar or a clear error. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { HeadlightError } from '../../src/core/errors';
import { ModelStore } from '../../src/engine/models/store';
import { sidecarOf } from '../../src/engine/sessions';
import { mutations, validGraphs, type HostileFile } from '../unit/onnx/hostileFiles';
import { search } from './search';

const folder = mkdtempSync(path.join(tmpdir(), 'headlight-fuzz-onnx-'));
const file = path.join(folder, 'hostile.onnx');
const graphs = validGraphs();

let mutated: Generator<HostileFile> | undefined;

search('onnx', (_, below) => {
  mutated ??= mutations(graphs, Infinity, 1 + below(2 ** 30), folder);
  const { bytes } = mutated.next().value as HostileFile;
  return {
    input: bytes,
    check() {
      writeFileSync(file, bytes);
      const model = new ModelStore().open(file);
      if (model.facts.onnxFile !== file) throw new Error('The facts are of another file.');
      try {
        sidecarOf(model, 'attention');
        sidecarOf(model, 'every role');
        return 'read';
      } catch (error) {
        if (!(error instanceof HeadlightError)) throw error;
        if (!error.message.includes(file)) throw new Error(`No file is named: ${error.message}`);
        return 'refused';
      }
    },
  };
});
