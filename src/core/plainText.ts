import { columnsOf } from './columns';
import { percent } from './percent';
import { isCutAlike } from './tokenAlignment';
import type { HeadIndex } from '../protocol/attention';
import type { TextRange, Token } from '../protocol/encoding';
import type { ForwardCheck, ForwardStep } from '../protocol/forward';
import type { FillResult, TokenCounts, TokensComparison, TokensResult } from '../protocol/inspections';
import type { AttentionFacts, Availability, ModelFacts, RoleFacts } from '../protocol/models';
import type { RunsResult } from '../protocol/runs';
import type { InputResult, TensorResult } from '../protocol/tensor';
import type { JointFill, JointResult, ScoreResult, WordResult } from '../protocol/words';

/** Rows as columns of equal width, for a terminal. Wide (CJK) characters count as two. */
export function table(rows: string[][]): string {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, columnsOf(cell))));
  const pad = (cell: string, i: number): string => cell + ' '.repeat(widths[i]! - columnsOf(cell));
  return rows.map((row) => row.map(pad).join('  ').trimEnd()).join('\n');
}

/** A table of tokens, one a row, with how many there are of what. */
export function tokensText({ tokens, counts }: TokensResult): string {
  const rows = tokens.map((each) => [
    each.token,
    String(each.id),
    String(each.segmentId),
    String(each.positionId),
    String(each.attentionMask),
    each.start === null ? '' : `${each.start}-${each.end}`,
  ]);
  return [
    table([['token', 'id', 'segment', 'position', 'mask', 'range'], ...rows]),
    `\n${countsText(counts)}`,
  ].join('\n');
}

/** The tokens of two models side by side, a row for each stretch of text that both cut at its ends. */
export function alignedText({ one, other, groups }: TokensComparison, texts: string[]): string {
  const rows = groups.map((group) => [
    isCutAlike(group) ? '' : '≠',
    texts[group.sequence]!.slice(group.start, group.end).replace(/\s+/g, ' ').trim(),
    piecesOf(one, group.one),
    piecesOf(other, group.other),
  ]);
  const different = groups.filter((group) => !isCutAlike(group)).length;
  return [
    table([['', 'text', one.model, other.model], ...rows]),
    `\n${different} of ${groups.length} stretches of text are cut differently`,
    ...[one, other].map((result) => `${result.model}: ${countsText(result.counts)}`),
  ].join('\n');
}

function piecesOf({ tokens }: TokensResult, { start, end }: TextRange): string {
  return tokens
    .slice(start, end)
    .map(({ token }) => token)
    .join(' ');
}

function countsText({ tokens, ofText, words, unknown }: TokenCounts): string {
  const fertility = words > 0 ? `, ${(ofText / words).toFixed(2)} tokens for each word` : '';
  return `${tokens} tokens, ${words} words${fertility}, ${unknown} unknown`;
}

/** For each token the norms of its embeddings and of their sum. */
export function inputText({ tokens, parts, missing, difference }: InputResult): string {
  const rows = tokens.map(({ token }, index) => [
    token,
    ...parts.map(({ factor, picture: { rows: count, norms } }) =>
      (factor * norms[count === 1 ? 0 : index]!).toPrecision(4),
    ),
  ]);
  return [
    table([['norm', ...parts.map(({ role }) => role)], ...rows]),
    ...(difference === null
      ? []
      : [`\nThe parts add up to the model's own sum within ${difference.toPrecision(2)}.`]),
    ...missing.map(({ role, reason }) => `${role}: ${reason}`),
  ].join('\n');
}

/** For each mask, its predictions with their probabilities in percent. */
export function fillText({ masks }: FillResult): string {
  return masks
    .map(({ position, predictions }) => {
      const rows = predictions.map(({ token, probability }) => [`  ${token}`, percent(probability)]);
      return `mask at position ${position}\n${table(rows)}`;
    })
    .join('\n\n');
}

/** Fills of all masks together, with both of their scores. */
export function jointText({ independent, surestFirst, beam }: JointResult): string {
  const row = (name: string, fill: JointFill): string[] => [
    name,
    fill.words.map(({ token }) => token).join(' '),
    fill.independent.toFixed(3),
    fill.joint.toFixed(3),
  ];
  return table([
    ['way', 'words', 'log p, independent', 'log p, joint'],
    row('each on its own', independent),
    row('surest first', surestFirst),
    ...beam.map((fill, index) => row(`beam ${index + 1}`, fill)),
  ]);
}

/** A word where it stands: its pieces, and what the model expects there. */
export function wordText({ pieces, entropy, predictions }: WordResult): string {
  const own = pieces.map(({ token, logProbability, rank }) => [
    `  ${token}`,
    percent(Math.exp(logProbability)),
    `rank ${rank}`,
  ]);
  const expected = predictions.map(({ token, probability }) => [`  ${token}`, percent(probability)]);
  return `stands there\n${table(own)}\n\nexpected (entropy ${entropy.toFixed(2)} bits)\n${table(expected)}`;
}

/** The pseudo-log-likelihood of a text and of each of its tokens. */
export function scoreText({
  tokens,
  scores,
  logLikelihood,
  tokenwise,
  pseudoPerplexity,
}: ScoreResult): string {
  const rows = tokens.flatMap(({ token }, index) => {
    const own = scores[index];
    if (!own) return [];
    const { logProbability, rank, expected } = own;
    return [[token, logProbability.toFixed(3), String(rank), expected.token]];
  });
  const totals = [
    ['pseudo-log-likelihood', logLikelihood.toFixed(3)],
    ['with single tokens masked', tokenwise.toFixed(3)],
    ['pseudo-perplexity', String(Number(pseudoPerplexity.toPrecision(5)))],
  ];
  return `${table([['token', 'log p', 'rank', 'expected'], ...rows])}\n\n${table(totals)}`;
}

/** Keys that are listed for each query. */
const listedKeys = 3;

/** What each token attends to most in one head, with weights in percent. @param weights `[query][key]` */
export function attentionText(
  { queries, keys }: { queries: Token[]; keys: Token[] },
  { layer, head }: HeadIndex,
  weights: number[][],
): string {
  const attended = (row: number[]): string[] =>
    row
      .map((weight, key) => ({ weight, token: keys[key]!.token }))
      .sort((a, b) => b.weight - a.weight)
      .slice(0, listedKeys)
      .map(({ weight, token }) => `${token} ${percent(weight)}`);
  const rows = weights.map((row, query) => [`  ${queries[query]!.token}`, '→', ...attended(row)]);
  return `layer ${layer}, head ${head}\n${table(rows)}`;
}

/** Shape and statistics of a tensor, and the norm of each of its rows. */
export function tensorText({ shape, statistics, tokens, norms }: TensorResult): string {
  const digits = (value: number): string => String(Number(value.toPrecision(6)));
  const { minimum, maximum, mean, standardDeviation, withoutNumber } = statistics;
  const rows = [
    ['shape', shape.join(' x ')],
    ['minimum', digits(minimum)],
    ['maximum', digits(maximum)],
    ['mean', digits(mean)],
    ['standard deviation', digits(standardDeviation)],
    ...(withoutNumber > 0 ? [['hidden by the mask', String(withoutNumber)]] : []),
  ];
  const label = (row: number): string => (norms.length === tokens.length ? tokens[row]!.token : 'all');
  return `${table(rows)}\n\n${table([...norms].map((norm, row) => [`norm of ${label(row)}`, digits(norm)]))}`;
}

/** A table of the steps of a forward pass, with how far each recomputation is from the model's tensor. */
export function forwardText(
  steps: readonly (Omit<ForwardStep, 'alsoAt'> & {
    step: number;
    shape: number[];
    check: ForwardCheck | null;
  })[],
): string {
  const rows = steps.map(({ step, stack, layer, role, shape, formula, check }) => [
    String(step),
    stack ?? '',
    layer === null ? '' : String(layer),
    role,
    shape.join(' x '),
    check?.absolute.toExponential(1) ?? 'not recomputed',
    check?.relative.toExponential(1) ?? '',
    formula ?? '',
  ]);
  const header = ['step', 'stack', 'layer', 'tensor', 'shape', 'difference', 'relative', 'formula'];
  return table([header, ...rows]);
}

/** A table of runs, one a row, and what is wrong with their files. */
export function runsText({ runs, problems }: RunsResult): string {
  const rows = runs.map((run) => [
    run.name,
    run.format,
    String(run.series.length),
    String(run.series.reduce((sum, { steps }) => sum + steps.length, 0)),
    String(run.series.reduce((most, { steps }) => Math.max(most, steps.at(-1) ?? 0), 0)),
  ]);
  const wrong = [...problems, ...runs.flatMap((run) => run.problems)];
  const lines = wrong.map(({ path, message }) => `${path}: ${message}`);
  return [table([['run', 'format', 'series', 'points', 'last step'], ...rows]), ...lines].join('\n');
}

/** A table of models, one a row. */
export function modelsText(models: ModelFacts[]): string {
  const rows = models.map((facts) => [
    facts.model,
    facts.family ?? '?',
    shape(facts),
    facts.answers.join(', '),
  ]);
  return table([['model', 'family', 'layers x heads', 'answers'], ...rows]);
}

/** What is known of one model, a line each. */
export function factsText(facts: ModelFacts): string {
  const known = (value: number | string | null): string => (value === null ? 'not known' : String(value));
  const rows = [
    ['model', facts.model],
    ...(facts.files.length > 0
      ? facts.files.map(({ file, bytes }) => ['graph', `${file} (${(bytes / 1e6).toFixed(1)} MB)`])
      : [['graph', known(facts.onnxFile)]]),
    ...(facts.variants.length > 1 ? [['variants', facts.variants.join(', ')]] : []),
    ['weights', known(facts.weightType)],
    ['tokenizer', known(facts.tokenizerFile)],
    ['family', known(facts.family)],
    ['layers x heads', shape(facts)],
    ['hidden size', known(facts.hiddenSize)],
    ['vocabulary', known(facts.vocabularySize)],
    ['longest input', facts.maximumLength === null ? 'not known' : `${facts.maximumLength} tokens`],
    ['parameters', known(facts.parameters)],
    ['inputs', facts.inputs.map(({ name }) => name).join(', ')],
    ['outputs', facts.outputs.map(({ name }) => name).join(', ')],
    ['attention', attentionSummary(facts.attention)],
    ...rolesSummary(facts.roles),
    ['answers', facts.answers.join(', ')],
    ...facts.missing.map(({ message }) => ['missing', message]),
  ];
  return table(rows);
}

/** How the attention of each stack can be had. */
function attentionSummary(attention: AttentionFacts[]): string {
  const stacks = groupBy(
    attention,
    ({ stack, heads, how }) => `${stack}, ${heads ?? '?'} heads each, ${how}`,
  );
  return [...stacks].map(([kind, layers]) => `${layers.length} x ${kind}`).join('; ') || 'none';
}

const ways: readonly Availability[] = ['present', 'recomputed', 'missing'];

/** How many tensors of each stack can be had in each way, and, once for all layers, which cannot and why. */
function rolesSummary(roles: RoleFacts[]): string[][] {
  const stacks = groupBy(roles, ({ stack }) => stack ?? 'heads');
  const counts = [...stacks].map(([stack, own]) => {
    const counted = ways.map((way) => ({ way, count: own.filter(({ how }) => how === way).length }));
    const words = counted.flatMap(({ way, count }) => (count > 0 ? `${count} ${way}` : []));
    return [`tensors, ${stack}`, words.join(', ')];
  });
  const missing = roles.filter(({ how }) => how === 'missing');
  const reasons = groupBy(missing, ({ stack, reason }) => `${stack ?? 'heads'}\n${reason ?? ''}`);
  return [
    ...counts,
    ...[...reasons.values()].map((same) => {
      const names = [...new Set(same.map(({ role }) => role))];
      return ['no tensor', `${names.join(', ')} (${same[0]!.stack ?? 'heads'}): ${same[0]!.reason ?? ''}`];
    }),
  ];
}

function groupBy<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

function shape({ layers, heads }: ModelFacts): string {
  return `${layers ?? '?'} x ${heads ?? '?'}`;
}
