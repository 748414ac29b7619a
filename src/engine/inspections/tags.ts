import type { CallContext } from '../../core/rpc';
import { spansOfTags } from '../../core/tagSpans';
import { softmaxTopK } from '../../core/topK';
import type { EncodedToken } from '../../protocol/encoding';
import type { TextQuestion } from '../../protocol/inspections';
import type { TaggedWord, TagsResult, TagSpan } from '../../protocol/sentences';
import type { Model } from '../models/store';
import type { SessionCache } from '../sessions';
import { requireHeads, runHeads } from './heads';
import { readAllOfText, type WindowInput } from './longText';

/**
 * The tag of each word of a text, by its first token as BERT is trained (Devlin et al. 2019, section 5.3), and what the
 * tags mark together. A long text is read in windows, end to end.
 * @throws HeadlightError `NoHead`, `NoTokens`.
 */
export async function tags(
  model: Model,
  sessions: SessionCache,
  { text, model: location }: TextQuestion,
  context: CallContext,
): Promise<TagsResult> {
  const windows = await readAllOfText(model, { model: location, text });
  const [found] = await tagsOfWindows(model, sessions, [windows], context);
  return { model: model.name, ...found! };
}

/**
 * The same of several texts, each as the windows that it is read in.
 * @throws HeadlightError `NoHead`.
 */
export async function tagsOfWindows(
  model: Model,
  sessions: SessionCache,
  texts: readonly WindowInput[][],
  context: CallContext,
): Promise<Pick<TagsResult, 'words' | 'spans'>[]> {
  const [head] = requireHeads(model, 'tags');
  const inputs = texts.flat().map(({ tokens }) => tokens);
  const ofWindow: TaggedWord[][] = [];
  await runHeads(model, sessions, { heads: [head], texts: inputs }, context, (index, [logits]) => {
    ofWindow[index] = wordsOf(inputs[index]!, logits!, model.config.labels);
  });
  let first = 0;
  return texts.map((windows) => {
    const own = ofWindow.slice(first, (first += windows.length));
    // A word that two windows share has the tag of the first.
    const words = own.reduce((all, next) => {
      const end = all.at(-1)?.end ?? 0;
      return [...all, ...next.filter(({ start }) => start >= end)];
    }, []);
    return { words, spans: spansOf(words, model.config.labels) };
  });
}

function wordsOf(tokens: EncodedToken[], logits: Float32Array, labels: readonly string[]): TaggedWord[] {
  const size = logits.length / tokens.length;
  const words: TaggedWord[] = [];
  tokens.forEach(({ start, end, word }, at) => {
    if (start === null || end === null || start === end) return;
    if (word !== null && at > 0 && tokens[at - 1]!.word === word) {
      words.at(-1)!.end = end;
      return;
    }
    const [best] = softmaxTopK(logits.subarray(at * size, (at + 1) * size), 1);
    const { index = 0, probability = 0 } = best ?? {};
    words.push({ start, end, tag: labels[index] || `LABEL_${index}`, probability });
  });
  return words;
}

function spansOf(words: TaggedWord[], labels: readonly string[]): TagSpan[] {
  const tags = words.map(({ tag }) => tag);
  return spansOfTags(tags, labels.length > 0 ? labels : tags).map(({ label, first, last }) => {
    const own = words.slice(first, last + 1);
    const probability = own.reduce((sum, word) => sum + word.probability, 0) / own.length;
    return { label, start: own[0]!.start, end: own.at(-1)!.end, probability };
  });
}
