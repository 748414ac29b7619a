import { throwIfCancelled } from '../../core/rpc';
import type { TextQuestion, TokensResult } from '../../protocol/inspections';
import type { Model } from '../models/store';
import { encode } from '../tokenizers/encode';

/** The tokens of a text or pair. A folder with a tokenizer alone is enough. */
export async function tokens(
  model: Model,
  question: TextQuestion,
  signal: AbortSignal,
): Promise<TokensResult> {
  const encoded = await encode(model.tokenizer, question.text, question.pair, model.firstPosition);
  throwIfCancelled(signal);
  return { model: model.name, tokens: encoded, maximumLength: readableLength(model) };
}

/** A broken graph does not keep its tokenizer from working. */
function readableLength(model: Model): number | null {
  try {
    return model.maximumLength;
  } catch {
    return null;
  }
}
