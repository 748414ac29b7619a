import type {
  AnswersResult,
  ClassesResult,
  KnockOutResult,
  LabelScore,
  OcclusionResult,
  PairResult,
  SimilarityResult,
  TagsResult,
} from '../protocol/sentences';
import { percent } from './percent';
import { table } from './plainText';

/** A label's probability, or its number where the head gives no probabilities. */
export function scoreText({ probability, logit }: LabelScore): string {
  return probability === null ? String(Number(logit.toPrecision(6))) : percent(probability);
}

/** Each label with its score in both orders. */
export function pairText({ scores, swapped }: PairResult): string {
  const rows = scores.map((each, at) => [each.label, scoreText(each), scoreText(swapped[at]!)]);
  return table([['', 'in this order', 'in the other'], ...rows]);
}

/** Of one text all labels, of lines the first two of each. */
export function classesText({ rows, byLine }: ClassesResult, text: string): string {
  if (!byLine)
    return table(rows.flatMap(({ scores }) => scores.map((each) => [each.label, scoreText(each)])));
  return table(
    rows.map(({ start, end, scores }) => [
      ...scores.slice(0, 2).map((each) => `${each.label} ${scoreText(each)}`),
      text.slice(start, end),
    ]),
  );
}

/** By how much the logit of the watched output falls without each word, those that it rests on most first. */
export function occlusionText({ whole, words }: OcclusionResult, texts: readonly string[]): string {
  const rows = words
    .map((word) => ({ word, support: whole.logit - word.logit }))
    .sort((a, b) => b.support - a.support)
    .map(({ word, support }) => [
      texts[word.sequence]!.slice(word.start, word.end),
      signed(support),
      scoreText({ ...whole, ...word }),
    ]);
  return table([[whole.label, 'logit from it', `without it (whole text: ${scoreText(whole)})`], ...rows]);
}

/** By how much the logit of the watched output falls without each head: a row for each layer. */
export function knockOutText({ whole, without }: KnockOutResult): string {
  const rows = without.map((layer, index) => [
    `layer ${index}`,
    ...layer.map(({ logit }) => signed(whole.logit - logit)),
  ]);
  return `${whole.label} ${scoreText(whole)}: logit from each head\n${table(rows)}`;
}

function signed(value: number): string {
  return `${value > 0 ? '+' : ''}${value.toFixed(3)}`;
}

/** What the tags mark; each word with its tag below. */
export function tagsText({ words, spans }: TagsResult, text: string): string {
  const spanRows = spans.map(({ label, probability, start, end }) => [
    label,
    percent(probability),
    text.slice(start, end),
  ]);
  const wordRows = words.map(({ tag, probability, start, end }) => [
    text.slice(start, end),
    tag,
    percent(probability),
  ]);
  return [spanRows, wordRows]
    .filter(({ length }) => length > 0)
    .map(table)
    .join('\n\n');
}

/** The answers with their probabilities and places. */
export function answersText({ answers }: AnswersResult): string {
  return table(
    answers.map(({ text, probability, start, end }) => [percent(probability), `${start}-${end}`, text]),
  );
}

/** How each kind of vector sees the texts: mean cosine, and rank correlation with counting words. */
export function similarityText({ matrices, lines }: SimilarityResult): string {
  const digits = (value: number | null): string => (value === null ? 'too few' : value.toFixed(3));
  const summary = matrices.map(({ pooling, mean, correlation }) => [
    pooling,
    digits(mean),
    digits(correlation),
  ]);
  const size = lines.length;
  const blocks = matrices.map(({ pooling, values }) => {
    const rows = lines.map((_, row) =>
      values.slice(row * size, (row + 1) * size).map((value) => value.toFixed(3)),
    );
    return `${pooling}\n${table(rows)}`;
  });
  return [table([['vectors', 'mean cosine', 'rank correlation with words'], ...summary]), ...blocks].join(
    '\n\n',
  );
}
