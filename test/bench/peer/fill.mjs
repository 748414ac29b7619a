/**
 * The peer library's pipeline for masked words, in a process of its own: answers each text with the milliseconds that
 * it took and what it predicts. Argument: the model's folder.
 */
import path from 'node:path';
import { env, pipeline } from '@huggingface/transformers';

const folder = process.argv[2];
env.allowRemoteModels = false;
env.useFSCache = false;
env.localModelPath = path.dirname(folder);
const fill = await pipeline('fill-mask', path.basename(folder), {
  ...{ dtype: 'fp32', device: 'cpu', local_files_only: true },
  ...{ subfolder: '', model_file_name: 'model' },
});

process.on('message', async ({ text, topK }) => {
  const start = performance.now();
  const predictions = await fill(text, { top_k: topK });
  const milliseconds = performance.now() - start;
  process.send({ milliseconds, predictions: predictions.map(({ token, score }) => ({ id: token, score })) });
});
process.once('disconnect', () => process.exit());
process.send('ready');
