/** What `training/verify.py` wrote: PyTorch's own numbers for the embedded model on a dozen texts. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

export const embedded = path.resolve('media/models/bert-tiny-en-zh');
const folder = path.resolve('test/fixtures/references/bert-tiny-en-zh');

interface Reference {
  text: string;
  pair: string | null;
  inputIds: number[];
  tokenTypeIds: number[];
  attentionMask: number[];
  maskPositions: number[];
  /** Where its numbers begin in `logits`: a row of the vocabulary for each mask. */
  logitsOffset: number;
  /** Where its numbers begin in `probabilities`: `[layer][head][query][key]`. */
  attentionOffset: number;
}

export const references = JSON.parse(
  readFileSync(path.join(folder, 'references.json'), 'utf8'),
) as Reference[];
export const logits = floats('prediction_logits.f32');
/** What the eager attention multiplied with its values. */
export const probabilities = floats('attention_probabilities.f32');

function floats(file: string): Float32Array {
  return new Float32Array(new Uint8Array(readFileSync(path.join(folder, file))).buffer);
}
