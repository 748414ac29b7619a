import * as l10n from '@vscode/l10n';
import { HeadlightError } from '../../core/errors';
import type { Random } from '../../core/masking/random';
import type { PairTask } from '../../protocol/masking';

/** Two sentences, and whether they belong together: the second follows the first. */
export interface SentencePair {
  first: string;
  second: string;
  belongs: boolean;
}

/** The lines of a text, from its beginning each time. */
export type Lines = () => AsyncIterable<string>;

/** A sentence, and which document of the text it is of. */
export interface Sentence {
  text: string;
  document: number;
}

/** Sentences that strangers are drawn from. */
const poolSize = 10_000;

/**
 * Pairs of neighbouring sentences, and as many that do not belong together, one pair at each place where two sentences
 * meet. A document has a sentence on each line, and ends with a blank line. What does not belong together is the first
 * sentence with one of another document (Devlin et al. 2019, section 3.1, NSP), or the two the other way round
 * (Lan et al. 2020, section 3.1, SOP). Of any two successive pairs one is of each kind.
 * @param strangers of next-sentence pairs, by `strangersIn`.
 */
export async function* sentencePairs(
  lines: Lines,
  { task, strangers }: { task: PairTask; strangers: readonly Sentence[] },
  random: Random,
): AsyncGenerator<SentencePair> {
  let before: Sentence | null = null;
  let turn = false;
  let index = 0;
  for await (const sentence of sentencesOf(lines)) {
    const first = before;
    before = sentence;
    if (first?.document !== sentence.document) continue;
    if (index++ % 2 === 0) turn = random.below(2) === 1;
    const belongs = turn;
    turn = !turn;
    if (belongs) yield { first: first.text, second: sentence.text, belongs };
    else if (task === 'sentenceOrder') yield { first: sentence.text, second: first.text, belongs };
    else yield { first: first.text, second: strangerTo(first, strangers, random), belongs };
  }
}

async function* sentencesOf(lines: Lines): AsyncGenerator<Sentence> {
  let document = 0;
  for await (const line of lines()) {
    const text = line.trim();
    if (text === '') document++;
    else yield { text, document };
  }
}

/**
 * Sentences that may stand for one that does not follow: of all of the text, each as likely as any other (Vitter 1985,
 * algorithm R).
 * @throws HeadlightError `FileUnusable` for a single document.
 */
export async function strangersIn(lines: Lines, random: Random): Promise<Sentence[]> {
  const pool: Sentence[] = [];
  let seen = 0;
  for await (const sentence of sentencesOf(lines)) {
    const place = seen < poolSize ? seen : random.below(seen + 1);
    if (place < poolSize) pool[place] = sentence;
    seen++;
  }
  if (pool.some(({ document }) => document !== pool[0]!.document)) return pool;
  throw new HeadlightError(
    'FileUnusable',
    l10n.t(
      'Next-sentence pairs take at least two documents: put each sentence on a line, and a blank line between documents.',
    ),
  );
}

function strangerTo({ document }: Sentence, pool: readonly Sentence[], random: Random): string {
  let at = random.below(pool.length);
  while (pool[at]!.document === document) at = random.below(pool.length);
  return pool[at]!.text;
}
