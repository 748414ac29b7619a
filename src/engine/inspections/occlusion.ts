import * as l10n from '@vscode/l10n';
import { HeadlightError } from '../../core/errors';
import type { CallContext } from '../../core/rpc';
import type { EncodedToken } from '../../protocol/encoding';
import type {
  OccludedWord,
  OcclusionQuestion,
  OcclusionResult,
  OcclusionWay,
} from '../../protocol/sentences';
import type { Model } from '../models/store';
import type { SessionCache } from '../sessions';
import { requireHeads, runHeads } from './heads';
import { readText } from './longText';
import { watchOutput } from './watchedOutput';

/**
 * Occlusion (Zeiler and Fergus 2014, section 4.2; of words, Li et al. 2016, "Understanding Neural Networks through
 * Representation Erasure"): the text is read again without each of its words, and an output of the head is watched.
 * @throws HeadlightError `NoHead`, `NoTokens`, `TextTooLong`, `NoMask` where nothing masks a word.
 */
export async function occlusion(
  model: Model,
  sessions: SessionCache,
  question: OcclusionQuestion,
  context: CallContext,
): Promise<OcclusionResult> {
  const { pair, way } = question;
  const [head] = requireHeads(model, pair === undefined ? 'classes' : 'pair');
  const { tokens, window } = await readText(model, question);
  const words = wordsOf(tokens);
  const texts = [tokens, ...words.map((word) => without(tokens, word, way, model))];
  const logits: Float32Array[] = [];
  await runHeads(
    model,
    sessions,
    { heads: [head], texts },
    context,
    (index, [row]) => (logits[index] = row!.slice()),
  );
  const { whole, others } = watchOutput(model, head, logits, question.output);
  return {
    ...{ model: model.name, way, whole, cut: window !== null },
    words: words.map((word, index): OccludedWord => {
      const [first, last] = [word[0]!, word.at(-1)!];
      return { sequence: first.sequence!, start: first.start!, end: last.end!, ...others[index]! };
    }),
  };
}

/** The tokens of each word; a token that is of no word stands alone. */
function wordsOf(tokens: readonly EncodedToken[]): EncodedToken[][] {
  const words: EncodedToken[][] = [];
  for (const token of tokens) {
    if (token.sequence === null || token.start === null || token.end === null) continue;
    const last = words.at(-1)?.[0];
    const continues =
      last && token.word !== null && last.word === token.word && last.sequence === token.sequence;
    if (continues) words.at(-1)!.push(token);
    else words.push([token]);
  }
  return words;
}

function without(
  tokens: readonly EncodedToken[],
  word: readonly EncodedToken[],
  way: OcclusionWay,
  { tokenizer, firstPosition }: Model,
): EncodedToken[] {
  const hidden = new Set(word);
  if (way === 'drop') {
    return tokens
      .filter((token) => !hidden.has(token))
      .map((token, index) => ({ ...token, positionId: firstPosition + index }));
  }
  const id = tokenizer.maskTokenId;
  if (id === null) {
    throw new HeadlightError(
      'NoMask',
      l10n.t('The tokenizer {0} has no mask token: leave words out instead of masking them.', tokenizer.file),
    );
  }
  return tokens.map((token) => (hidden.has(token) ? { ...token, id } : token));
}
