import * as l10n from '@vscode/l10n';
import { HeadlightError } from '../../core/errors';
import { softmaxTopK } from '../../core/topK';
import type { EncodedToken } from '../../protocol/encoding';
import type { Prediction } from '../../protocol/inspections';
import type { Model } from '../models/store';
import type { Tokenizer } from '../tokenizers/tokenizer';

/**
 * The mask token of a model that predicts masked words.
 * @throws HeadlightError `NoMlmHead`, or what is wrong with its config.json.
 */
export function requireMask(model: Model): { token: string; id: number } {
  if (model.config.problem) throw model.config.problem;
  const { maskToken, maskTokenId, file } = model.tokenizer;
  if (model.mlmLogits === null) {
    throw new HeadlightError(
      'NoMlmHead',
      l10n.t(
        '{0} has no masked-language-model head, so it cannot predict masked words. Choose a model exported for fill-mask.',
        model.graph.file,
      ),
    );
  }
  if (maskToken === null || maskTokenId === null) {
    throw new HeadlightError(
      'NoMlmHead',
      l10n.t('The tokenizer {0} has no mask token, so its model cannot predict masked words.', file),
    );
  }
  return { token: maskToken, id: maskTokenId };
}

/** The most probable words of a row of logits, surest first. */
export function predictionsOf(logits: Float32Array, topK: number, tokenizer: Tokenizer): Prediction[] {
  return softmaxTopK(logits, topK).map(({ index, probability }) => ({
    ...wordOf(index, tokenizer),
    probability,
  }));
}

/** An entry of the vocabulary, and what it puts into a text. */
export function wordOf(id: number, tokenizer: Tokenizer): Omit<Prediction, 'probability'> {
  const token = tokenizer.native.idToToken(id) ?? '';
  return { token, id, text: plainText(token, tokenizer) };
}

/** Another token in a place of a model's input. */
export function withId(token: EncodedToken, id: number): EncodedToken {
  return token.id === id ? token : { ...token, id };
}

/** A token without the marks of its family: `##ing` → `ing`, `Ġword` and `▁word` → `word`. */
function plainText(token: string, { continuingPrefix }: Tokenizer): string {
  if (continuingPrefix && token.startsWith(continuingPrefix)) return token.slice(continuingPrefix.length);
  return token.replace(/^[Ġ▁]/, '');
}
