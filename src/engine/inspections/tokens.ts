import { isSameWord } from '../../core/maskPlan';
import { throwIfCancelled } from '../../core/rpc';
import type { EncodedToken } from '../../protocol/encoding';
import type { TokenCounts, TokensQuestion, TokensResult } from '../../protocol/inspections';
import type { Model } from '../models/store';
import { encode } from '../tokenizers/encode';
import { noteOn } from '../tokenizers/notes';

/** The tokens of a text or pair. A folder with a tokenizer alone is enough. */
export async function tokens(
  model: Model,
  question: TokensQuestion,
  signal: AbortSignal,
): Promise<TokensResult> {
  const { text, pair = '', most = Infinity } = question;
  const encoded = await encode(model.tokenizer, text, question.pair, model.firstPosition);
  throwIfCancelled(signal);
  const given = encoded.length > most ? encoded.slice(0, most) : encoded;
  return {
    model: model.name,
    tokens: given,
    notes: given.map((token) => noteOn(model.tokenizer, token, token.sequence === 1 ? pair : text)),
    counts: countsOf(encoded),
    maximumLength: readableLength(model),
  };
}

function countsOf(tokens: EncodedToken[]): TokenCounts {
  const counts = { tokens: tokens.length, ofText: 0, words: 0, unknown: 0 };
  let before: EncodedToken | null = null;
  for (const token of tokens) {
    if (token.unknown) counts.unknown++;
    if (token.sequence === null) continue;
    counts.ofText++;
    // The library counts words from 0 again behind a literal special token.
    if (before === null || before.mask || !isSameWord(before, token)) counts.words++;
    before = token;
  }
  return counts;
}

/** A broken graph does not keep its tokenizer from working. */
function readableLength(model: Model): number | null {
  try {
    return model.maximumLength;
  } catch {
    return null;
  }
}
