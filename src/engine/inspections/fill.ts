import * as l10n from '@vscode/l10n';
import { HeadlightError } from '../../core/errors';
import { findMaskMarks, writeMaskToken, type MaskedText } from '../../core/maskMarks';
import { throwIfCancelled, type CallContext } from '../../core/rpc';
import { distributionOf } from '../../core/distribution';
import { planWindows } from '../../core/windows';
import type { EncodedToken, TextRange } from '../../protocol/encoding';
import type { FillQuestion, FillResult, MaskPredictions, TextQuestion } from '../../protocol/inspections';
import { feedsOf } from '../feeds';
import type { Model } from '../models/store';
import type { SessionCache } from '../sessions';
import { encode } from '../tokenizers/encode';
import { hearCancellation } from '../turns';
import { longText, type WindowInput } from './longText';
import { predictionsOf, requireMask } from './vocabulary';

/** One run's input: the whole text, or the window of a long one around some of its masks. */
export interface ModelInput extends WindowInput {
  /** Indices of masks in `tokens`. */
  masks: number[];
}

/**
 * The k most probable words for every mask of a text, each mask on its own, as BERT is trained.
 * `[MASK]` is understood for every model, whatever its own mask token is. A text longer than the model reads
 * is read in windows around its masks.
 */
export async function fill(
  model: Model,
  sessions: SessionCache,
  question: FillQuestion,
  { signal, progress }: CallContext,
): Promise<FillResult> {
  throwIfCancelled(signal);
  const { tokenizer } = model;
  const { texts, inputs, tokenCount } = await readMasks(model, question);

  throwIfCancelled(signal);
  progress({ message: l10n.t('Opening the model {0}…', model.name) });
  const session = await sessions.open(model, 'none');
  const masks: MaskPredictions[] = [];
  for (const [index, input] of inputs.entries()) {
    if (inputs.length > 1) {
      const message = l10n.t('Reading window {0} of {1}…', index + 1, inputs.length);
      progress({ message, fraction: index / inputs.length });
    }
    await hearCancellation(signal);
    const feeds = feedsOf(model.graph.inputs, input.tokens, model.firstPosition, model.graph.file);
    const logits = await session.logits(feeds, input.masks);
    input.masks.forEach((position, row) => {
      const token = input.tokens[position]!;
      const sequence = token.sequence === 1 ? 1 : 0;
      masks.push({
        position,
        sequence,
        ...originalRange(token, texts[sequence]),
        window: input.window && { ...input.window, ...originalWindow(input.window, texts[0]) },
        entropy: distributionOf(logits[row]!).entropy(),
        predictions: predictionsOf(logits[row]!, question.topK, tokenizer),
      });
    });
  }
  return { model: model.name, masks, tokenCount, maximumLength: model.maximumLength };
}

/** A text with masks as what runs read of it. */
export interface MaskedInputs {
  texts: [MaskedText, MaskedText];
  /** At least one, each with at least one mask. */
  inputs: ModelInput[];
  /** Tokens of the whole input, special tokens included. */
  tokenCount: number;
}

/**
 * Reads a text with `[MASK]` in it.
 * @throws HeadlightError `NoMlmHead`, `NoMask`, and as `longText`.
 */
export async function readMasks(model: Model, question: TextQuestion): Promise<MaskedInputs> {
  const { token } = requireMask(model);
  const texts = [question.text, question.pair ?? ''].map((text) => writeMaskToken(text, token)) as [
    MaskedText,
    MaskedText,
  ];
  const pair = question.pair === undefined ? undefined : texts[1].text;
  const encoded = await encode(model.tokenizer, texts[0].text, pair, model.firstPosition);
  const inputs = cutToInputs(encoded, model);
  if (inputs.length === 0) throw noMask(question);
  return { texts, inputs, tokenCount: encoded.length };
}

function noMask({ text, pair }: TextQuestion): HeadlightError {
  // The mark is there, but the tokenizer did not take it for its mask token.
  if (findMaskMarks(text + (pair ?? '')).length > 0) {
    return new HeadlightError(
      'TokenizerInvalid',
      l10n.t('The tokenizer does not treat [MASK] as a mask token.'),
    );
  }
  return new HeadlightError(
    'NoMask',
    l10n.t('There is no [MASK] in the text. Write [MASK] in the place of a word and run again.'),
  );
}

/** The text as one input, or as windows around its masks when it is longer than the model reads. */
function cutToInputs(tokens: EncodedToken[], model: Model): ModelInput[] {
  const masks = tokens.flatMap((token, index) => (token.mask && !token.special ? [index] : []));
  if (masks.length === 0) return [];
  const long = longText(tokens, model);
  if (!long) return [{ tokens, masks, window: null }];
  const windows = planWindows(
    long.content.length,
    long.capacity,
    masks.map((mask) => mask - long.before.length),
  );
  return windows.map(({ start, end, focuses }, index) => {
    // A window may hold masks of its neighbour as well, less well centred: each mask is read once.
    const own = focuses.map((focus) => long.before.length + focus - start);
    return { ...long.read(start, end, { index, count: windows.length }), masks: own };
  });
}

/** Where a mask stands in the text as it was written. */
export function originalRange(token: EncodedToken, masked: MaskedText): TextRange {
  // Some mask tokens take the space before them; a fill must not.
  const spaces = /^\s*/.exec(masked.text.slice(token.start!, token.end!))![0].length;
  return { start: masked.toOriginal(token.start! + spaces), end: masked.toOriginal(token.end!) };
}

function originalWindow({ start, end }: TextRange, masked: MaskedText): TextRange {
  return { start: masked.toOriginal(start), end: masked.toOriginal(end) };
}
