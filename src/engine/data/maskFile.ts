import * as l10n from '@vscode/l10n';
import { inputIdsOf, labelsOf, maskPattern, unitsFor } from '../../core/masking/masking';
import { randomFor } from '../../core/masking/random';
import { isMaskable } from '../../core/masking/units';
import { HeadlightError, toHeadlightError } from '../../core/errors';
import { throwIfCancelled, type CallContext } from '../../core/rpc';
import type { EncodedToken, TextRange } from '../../protocol/encoding';
import type { TextQuestion } from '../../protocol/inspections';
import type { MaskFileQuestion, MaskFileResult, PairTask } from '../../protocol/masking';
import { readAllOfText, type WindowInput } from '../inspections/longText';
import { maskVocabularyOf } from '../inspections/masking';
import type { Model } from '../models/store';
import { encode } from '../tokenizers/encode';
import { byteProgress, linesOf, sizeOf, textOf, writeWhole } from './files';
import { sentencePairs, strangersIn, type Lines, type Sentence } from './sentencePairs';

/** What becomes one line of the output. */
interface Example {
  texts: string[];
  tokens: EncodedToken[];
  /** Null for a text on its own. */
  belongs: boolean | null;
}

/**
 * Writes training data for masked words, one JSON object on each line: `input_ids`, `token_type_ids`,
 * `attention_mask` and `labels`, -100 where nothing is to be predicted. Pairs also have `next_sentence_label` (0 for
 * the next) or `sentence_order_label` (0 for the right order). Epochs follow each other. The same seed gives the same
 * bytes.
 * @param find the entities of a text.
 * @throws HeadlightError `FileUnusable`, `NoMlmHead`, `Cancelled`.
 */
export async function maskFile(
  model: Model,
  question: MaskFileQuestion,
  context: CallContext,
  find: (text: string) => Promise<TextRange[]>,
): Promise<MaskFileResult> {
  const { source, output, policy, rate, seed, epochs, pairs } = question;
  const { signal } = context;
  const vocabulary = maskVocabularyOf(model);
  const file = 'file' in source ? source.file : null;
  // Next sentences are read once more, for the strangers among them.
  const readings = epochs + (pairs === 'nextSentence' ? 1 : 0);
  const total = file === null ? 0 : (await sizeOf(file)) * readings;
  const onBytes = byteProgress(total, l10n.t('Masking…'), context);
  const lines: Lines = () => linesOf('file' in source ? textOf(source.file, signal, onBytes) : [source.text]);
  const entitiesOf = (text: string | undefined): Promise<TextRange[]> =>
    policy === 'entity' && text !== undefined ? find(text) : Promise.resolve([]);
  const counts = {
    ...{ examples: 0, maskable: 0, masked: 0 },
    actions: { mask: 0, random: 0, keep: 0 },
    pairs: pairs ? { positive: 0, negative: 0 } : null,
  };
  const write = async (emit: (text: string) => Promise<void>): Promise<void> => {
    const strangers = pairs === 'nextSentence' ? await strangersIn(lines, randomFor(seed, 0, 0, 2)) : [];
    for (let epoch = 0; epoch < epochs; epoch++) {
      let index = 0;
      for await (const { texts, tokens, belongs } of examplesOf(model, lines, question, {
        epoch,
        strangers,
      })) {
        throwIfCancelled(signal);
        onBytes(0); // What is read at once may take minutes to tag.
        const units = unitsFor(policy, tokens, texts, [
          await entitiesOf(texts[0]),
          await entitiesOf(texts[1]),
        ]);
        const random = randomFor(seed, epoch, index++);
        const pattern = maskPattern(tokens, { policy, rate, units }, vocabulary, random);
        counts.examples++;
        counts.maskable += tokens.filter(isMaskable).length;
        counts.masked += pattern.masked.length;
        for (const { action } of pattern.masked) counts.actions[action]++;
        if (counts.pairs) counts.pairs[belongs ? 'positive' : 'negative']++;
        const label = pairs === 'nextSentence' ? 'next_sentence_label' : 'sentence_order_label';
        const example = {
          input_ids: inputIdsOf(tokens, pattern),
          token_type_ids: tokens.map(({ segmentId }) => segmentId),
          attention_mask: tokens.map(({ attentionMask }) => attentionMask),
          labels: labelsOf(tokens, pattern),
          ...(belongs === null ? {} : { [label]: belongs ? 0 : 1 }),
        };
        await emit(`${JSON.stringify(example)}\n`);
      }
    }
    if (counts.examples === 0) throw nothingToMask(file, pairs);
  };
  await writeWhole({ output, inputs: file === null ? [] : [file] }, signal, write);
  return { output, ...counts };
}

async function* examplesOf(
  model: Model,
  lines: Lines,
  { model: location, pairs, seed }: MaskFileQuestion,
  { epoch, strangers }: { epoch: number; strangers: readonly Sentence[] },
): AsyncGenerator<Example> {
  if (pairs) {
    const random = randomFor(seed, epoch, 0, 1);
    for await (const { first, second, belongs } of sentencePairs(lines, { task: pairs, strangers }, random)) {
      const encoded = await encode(model.tokenizer, first, second, model.firstPosition);
      yield { texts: [first, second], tokens: cutPair(encoded, model.maximumLength), belongs };
    }
    return;
  }
  for await (const text of lines()) {
    for (const { tokens } of await inputsOf(model, { model: location, text })) {
      yield { texts: [text], tokens, belongs: null };
    }
  }
}

function nothingToMask(file: string | null, pairs: PairTask | undefined): HeadlightError {
  const name = file ?? l10n.t('The text');
  const message = pairs
    ? l10n.t('{0} has no two sentences of one document: put each sentence on a line of its own.', name)
    : l10n.t('{0} has no tokens to mask. Choose another text.', name);
  return new HeadlightError('FileUnusable', message);
}

/** What a model reads of a line; nothing of a line without tokens. */
async function inputsOf(model: Model, question: TextQuestion): Promise<WindowInput[]> {
  if (question.text.trim() === '') return [];
  return readAllOfText(model, question).catch((error: unknown) => {
    if (toHeadlightError(error).code === 'NoTokens') return [];
    throw error;
  });
}

/** Takes tokens off the end of the longer text until the pair fits, as BERT's own training data is made. */
function cutPair(tokens: EncodedToken[], maximumLength: number | null): EncodedToken[] {
  const left = [0, 1].map((which) => tokens.filter(({ sequence }) => sequence === which).length) as [
    number,
    number,
  ];
  for (let over = tokens.length - (maximumLength ?? tokens.length); over > 0; over--) {
    left[left[0] > left[1] ? 0 : 1]--;
  }
  const kept = tokens.filter(({ sequence }) => sequence === null || left[sequence]-- > 0);
  return kept.map((token, index) => ({ ...token, positionId: tokens[index]!.positionId }));
}
