import * as l10n from '@vscode/l10n';
import { canStandForCode, ranked } from '../../core/codes';
import { HeadlightError } from '../../core/errors';
import { randomFor, shuffle } from '../../core/masking/random';
import type { CallContext } from '../../core/rpc';
import type { MakeMappingQuestion, MakeMappingResult } from '../../protocol/mapping';
import type { Model } from '../models/store';
import type { Tokenizer } from '../tokenizers/tokenizer';
import { closedPieces, countCodes, CoverageCount } from './codeCounts';
import { byteProgress, linesOf, sizeOf, textOf, writeWhole } from './files';
import { mappingText } from './mappingFile';

/**
 * Gives each code of a text a word of a model's vocabulary, the most frequent code first, and keeps it as a file: by
 * chance, or the more frequent code the more frequent word of a corpus. Words that the text has as codes are not given.
 * Where there are more codes than words, the rarest stay without.
 * @throws HeadlightError `FileUnusable`, `TokenizerMissing`, `Cancelled`.
 */
export async function makeMapping(
  model: Model,
  { input, output, method }: MakeMappingQuestion,
  context: CallContext,
): Promise<MakeMappingResult> {
  const { signal } = context;
  const corpus = method.by === 'frequency' ? method.corpus : null;
  const total = (await sizeOf(input)) + (corpus === null ? 0 : await sizeOf(corpus));
  const onBytes = byteProgress(total, l10n.t('Counting…'), context);
  const counts = await countCodes(closedPieces(textOf(input, signal, onBytes), input), input);
  if (counts.size === 0) {
    throw new HeadlightError('FileUnusable', l10n.t('{0} has no codes. Choose another file.', input));
  }
  const words = (await wholeWords(model.tokenizer)).filter(([word]) => !counts.has(word));
  if (words.length === 0) {
    // Pieces that hold the space before them, as SentencePiece's, cannot stand for what is between separators.
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
  const pairs = codes.slice(0, order.length).map((code, at): [string, string] => [code, order[at]![0]]);
  const count = new CoverageCount();
  codes.forEach((code, at) => count.add(code, at < pairs.length, counts.get(code)));
  const inputs = corpus === null ? [input] : [input, corpus];
  await writeWhole({ output, inputs }, signal, (emit) =>
    emit(mappingText({ version: 1, model: model.name, pairs })),
  );
  return { output, words: words.length, ...count.coverage };
}

type Word = readonly [word: string, id: number];

/** The entries of a vocabulary that are a word each, and that the tokenizer reads as that one token; by their ids. */
async function wholeWords({ native }: Tokenizer): Promise<Word[]> {
  const entries = Object.entries(native.getVocab(true))
    .filter(([word]) => canStandForCode(word))
    .sort(([, a], [, b]) => a - b);
  const encodings = await native.encodeBatch(
    entries.map(([word]) => word),
    { addSpecialTokens: false },
  );
  return entries.filter(([, id], at) => {
    const ids = encodings[at]!.getIds();
    return ids.length === 1 && ids[0] === id;
  });
}

/** Words by how often a corpus has them as words of their own, the most frequent first, then by their ids. */
async function byFrequency(
  { native }: Tokenizer,
  words: Word[],
  lines: AsyncIterable<string>,
): Promise<Word[]> {
  const counts = new Map(words.map(([, id]) => [id, 0]));
  for await (const line of lines) {
    const encoding = await native.encode(line, null, { addSpecialTokens: false });
    const [ids, owners] = [encoding.getIds(), encoding.getWordIds()];
    ids.forEach((id, at) => {
      const count = counts.get(id);
      // The first piece of a longer word is no word of its own.
      if (count !== undefined && (owners[at] ?? -1) !== owners[at + 1]) counts.set(id, count + 1);
    });
  }
  return [...words].sort(([, a], [, b]) => counts.get(b)! - counts.get(a)! || a - b);
}
