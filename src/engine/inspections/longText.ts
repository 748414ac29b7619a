import * as l10n from '@vscode/l10n';
import { HeadlightError } from '../../core/errors';
import type { EncodedToken } from '../../protocol/encoding';
import type { TextQuestion, Window } from '../../protocol/inspections';
import type { Model } from '../models/store';
import { encode } from '../tokenizers/encode';

/** What one run reads. */
export interface WindowInput {
  tokens: EncodedToken[];
  /** Where it lies in the text; null when it is the whole text. */
  window: Window | null;
}

/** A text that is longer than the model reads at once. */
export interface LongText {
  /** The tokens that the tokenizer puts before and after every window. */
  before: EncodedToken[];
  after: EncodedToken[];
  content: EncodedToken[];
  /** Content tokens that fit in one window, at least 1. */
  capacity: number;
  /** Content tokens [start, end) as an input of the model, with positions of its own. */
  read(start: number, end: number, place: { index: number; count: number }): WindowInput;
}

/** What one run reads of a text or pair. */
export interface ReadText extends WindowInput {
  /** Tokens of the whole input, special tokens included. */
  tokenCount: number;
}

/**
 * The whole text or pair as a model's input, or one of the windows of a text that is longer than the model reads.
 * @param question `window` counts from 0; the first when absent, the last when there are fewer. `stride` is how many
 * content tokens a window shares with the one before, fewer than all of it; 0 when absent.
 * @throws HeadlightError `NoTokens`, and as `longText`.
 */
export async function readText(
  model: Model,
  question: TextQuestion & { window?: number; stride?: number },
): Promise<ReadText> {
  const encoded = await encodeText(model, question);
  const long = longText(encoded, model);
  if (!long) return { tokens: encoded, window: null, tokenCount: encoded.length };
  const shared = Math.min(long.capacity - 1, Math.max(0, question.stride ?? 0));
  const step = long.capacity - shared;
  const index = Math.min(question.window ?? 0, windowCount(long, step) - 1);
  return { ...readWindow(long, index, step), tokenCount: encoded.length };
}

/**
 * All of a text as the inputs of one run, or of one run for each of its windows.
 * @throws HeadlightError `NoTokens`, and as `longText`.
 */
export async function readAllOfText(model: Model, question: TextQuestion): Promise<WindowInput[]> {
  const encoded = await encodeText(model, question);
  const long = longText(encoded, model);
  if (!long) return [{ tokens: encoded, window: null }];
  return Array.from({ length: windowCount(long) }, (_, index) => readWindow(long, index));
}

async function encodeText(model: Model, { text, pair }: TextQuestion): Promise<EncodedToken[]> {
  const encoded = await encode(model.tokenizer, text, pair, model.firstPosition);
  // Special tokens alone are no text.
  if (encoded.some(({ sequence }) => sequence !== null)) return encoded;
  throw new HeadlightError(
    'NoTokens',
    l10n.t('The text has no tokens for {0}. Select another text.', model.name),
  );
}

/** @param step content tokens from the start of a window to that of the next. */
function windowCount({ content, capacity }: LongText, step = capacity): number {
  return 1 + Math.ceil((content.length - capacity) / step);
}

/** The window with an index; the last one is as long as the others: it begins earlier. */
function readWindow(long: LongText, index: number, step = long.capacity): WindowInput {
  const { content, capacity } = long;
  const start = Math.min(index * step, content.length - capacity);
  return long.read(start, start + capacity, { index, count: windowCount(long, step) });
}

/** The tokens that a text is made of, first to last, and those before and after it. */
export function partsAround(
  tokens: EncodedToken[],
  isOfText: (token: EncodedToken) => boolean,
): { before: EncodedToken[]; content: EncodedToken[]; after: EncodedToken[] } {
  const [first, end] = [tokens.findIndex(isOfText), tokens.findLastIndex(isOfText) + 1];
  return { before: tokens.slice(0, first), content: tokens.slice(first, end), after: tokens.slice(end) };
}

/**
 * The parts of a text that has to be read in windows; null when the model reads all of it at once.
 * @throws HeadlightError `TextTooLong` for a pair, `ConfigInvalid` when no window has room for a token.
 */
export function longText(tokens: EncodedToken[], model: Model): LongText | null {
  const { maximumLength } = model;
  if (maximumLength === null || tokens.length <= maximumLength) return null;
  if (tokens.some((token) => token.sequence === 1)) {
    throw new HeadlightError(
      'TextTooLong',
      l10n.t(
        'The pair has {0} tokens, and {1} reads at most {2}. Select shorter texts.',
        tokens.length,
        model.name,
        maximumLength,
      ),
    );
  }
  const { before, content, after } = partsAround(tokens, ({ sequence }) => sequence !== null);
  const capacity = maximumLength - before.length - after.length;
  if (capacity < 1) {
    throw new HeadlightError(
      'ConfigInvalid',
      l10n.t(
        '{0} is said to read at most {1} tokens, which leaves no room for a text. Correct max_position_embeddings in config.json or model_max_length in tokenizer_config.json.',
        model.name,
        maximumLength,
      ),
    );
  }
  return {
    before,
    after,
    content,
    capacity,
    read(start, end, place) {
      const part = content.slice(start, end);
      const input = [...before, ...part, ...after];
      return {
        tokens: input.map((token, index) => ({ ...token, positionId: model.firstPosition + index })),
        window: { ...place, start: part[0]?.start ?? 0, end: part.at(-1)?.end ?? 0 },
      };
    },
  };
}
