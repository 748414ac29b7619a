import * as l10n from '@vscode/l10n';
import { canStandForCode, codesIn, ranked } from '../../core/codes';
import { HeadlightError } from '../../core/errors';
import { randomFor, shuffle } from '../../core/masking/random';
import type { CallContext } from '../../core/rpc';
import type { MakeMappingQuestion, MakeMappingResult } from '../../protocol/mapping';
import type { Model } from '../models/store';
import type { Tokenizer } from '../tokenizers/tokenizer';
import { closedPieces, countCodes, CoverageCount } from './codeCounts';
import { byteProgress, linesOf, refuseOutput, sizeOf, textOf, writeWhole } from './files';
import { mappingText } from './mappingFile';

/**
 * Gives each code of a text a word of a model's vocabulary, the most frequent code first, and keeps it as a file: by
 * chance, or the more frequent code the more frequent word of a corpus. Words that the text has as codes are not given.
 * Where there are more codes than words, the rarest stay without.
 * @throws HeadlightError `FileUnusable`, `TokenizerInvalid`, `Cancelled`.
 */
export async function makeMapping(
  model: Model,
  { input, output, method }: MakeMappingQuestion,
  context: CallContext,
): Promise<MakeMappingResult> {
  const { signal } = context;
  const corpus = method.by === 'frequency' ? method.corpus : null;
  const inputs = corpus === null ? [input] : [input, corpus];
  refuseOutput(output, inputs);
  const total = (await sizeOf(input)) + (corpus === null ? 0 : await sizeOf(corpus));
  const onBytes = byteProgress(total, l10n.t('Counting…'), context);
  const counts = await countCodes(closedPieces(textOf(input, signal, onBytes), input), input);
  if (counts.size === 0) {
    throw new HeadlightError('FileUnusable', l10n.t('{0} has no codes. Choose another file.', input));
  }
  const words = (await wholeWords(model.tokenizer)).filter(({ word }) => !counts.has(word));
  if (words.length === 0) {
    const message = l10n.t(
      'The vocabulary of "{0}" has no words that could stand for codes. Choose another model.',
      model.name,
    );
    throw new HeadlightError('TokenizerInvalid', message);
  }
  const order =
    method.by === 'random'
      ? shuffle([...words], randomFor(method.seed))
      : await byFrequency(model.tokenizer, words, linesOf(textOf(method.corpus, signal, onBytes)));
  const codes = ranked(counts);
  const pairs = codes.slice(0, order.length).map((code, at): [string, string] => [code, order[at]!.word]);
  const count = new CoverageCount();
  codes.forEach((code, at) => count.add(code, at < pairs.length, counts.get(code)));
  await writeWhole({ output, inputs }, signal, (emit) =>
    emit(mappingText({ version: 1, model: model.name, pairs })),
  );
  return { output, words: words.length, ...count.coverage };
}

/** A word, and the tokens that it is read as: where a text begins, and after a space. */
interface Word {
  word: string;
  ids: readonly [number, number];
}

/** The words that the tokenizer reads as one token of their own, by the ids of these; all words of one of its tokens. */
async function wholeWords({ native }: Tokenizer): Promise<Word[]> {
  const ids = Object.values(native.getVocab(true)).sort((a, b) => a - b);
  // Without the space that some vocabularies have before a word.
  const texts = await native.decodeBatch(
    ids.map((id) => [id]),
    true,
  );
  const entries = new Map<string, number[]>();
  for (const [at, text] of texts.entries()) {
    const word = text.trim();
    if (canStandForCode(word)) entries.set(word, [...(entries.get(word) ?? []), ids[at]!]);
  }
  const candidates = [...entries.keys()];
  const encodings = await native.encodeBatch(
    candidates.map((word) => `${word} ${word}`),
    { addSpecialTokens: false },
  );
  return candidates.flatMap((word, at) => {
    const [first, second, ...more] = encodings[at]!.getIds();
    const own = entries.get(word)!;
    const isWhole =
      first !== undefined &&
      second !== undefined &&
      more.length === 0 &&
      own.includes(first) &&
      own.includes(second);
    return isWhole ? [{ word, ids: [first, second] as const }] : [];
  });
}

/** Words by how often a corpus has them as words of their own, the most frequent first, then by their ids. */
async function byFrequency(
  { native, continuingPrefix }: Tokenizer,
  words: Word[],
  lines: AsyncIterable<string>,
): Promise<Word[]> {
  const counts = new Map<string, number>(words.map(({ word }) => [word, 0]));
  const wordOf = new Map(words.flatMap(({ word, ids }) => ids.map((id) => [id, word] as const)));
  /** Whether a token goes on with the word that the one before it began, where a tokenizer says they are of one. */
  const goesOn = (id: number): boolean => {
    const token = native.idToToken(id) ?? '';
    return (
      (continuingPrefix !== null && token.startsWith(continuingPrefix)) ||
      token.startsWith(codesIn(token)[0] ?? ' ')
    );
  };
  for await (const line of lines) {
    const encoding = await native.encode(line, null, { addSpecialTokens: false });
    const [ids, owners] = [encoding.getIds(), encoding.getWordIds()];
    /** Whether a token is of the same word as the one before it. */
    const continues = (at: number): boolean =>
      at > 0 && at < ids.length && owners[at] === owners[at - 1] && goesOn(ids[at]!);
    ids.forEach((id, at) => {
      const word = wordOf.get(id);
      // A piece of a longer word, first or later, is no word of its own.
      if (word === undefined || continues(at) || continues(at + 1)) return;
      counts.set(word, counts.get(word)! + 1);
    });
  }
  const order = new Map(words.map(({ word }, at) => [word, at]));
  return [...words].sort(
    ({ word: a }, { word: b }) => counts.get(b)! - counts.get(a)! || order.get(a)! - order.get(b)!,
  );
}
