/**
 * A file that is masked, or mapped, as the engine does it, in a process of its own. Answers with the peak of its
 * resident memory in bytes.
 * Arguments: `mask` or `map`, the model's folder, and the file; what is written lies beside it.
 */
import { applyMapping } from '../../../src/engine/data/applyMapping';
import { makeMapping } from '../../../src/engine/data/makeMapping';
import { maskFile } from '../../../src/engine/data/maskFile';
import { ModelStore } from '../../../src/engine/models/store';

const context = { signal: new AbortController().signal, progress: () => {} };

async function main(work: string, folder: string, file: string): Promise<void> {
  const model = new ModelStore().open(folder);
  const [mapping, output] = [`${file}.json`, `${file}.out`];
  if (work === 'map') {
    const method = { by: 'random', seed: 1 } as const;
    await makeMapping(model, { model: folder, input: file, output: mapping, method }, context);
    await applyMapping({ mapping, input: file, output, reverse: false }, context);
    await applyMapping({ mapping, input: output, output: `${file}.back`, reverse: true }, context);
  } else {
    const options = { policy: 'word', rate: 0.15, seed: 1, epochs: 1 } as const;
    const question = { ...options, entities: { words: [] }, model: folder, source: { file }, output };
    await maskFile(model, question, context, () => Promise.resolve([]));
  }
  process.send!(process.resourceUsage().maxRSS * 1024);
}

void main(...(process.argv.slice(2) as [string, string, string]));
