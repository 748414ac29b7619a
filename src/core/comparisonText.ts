import type { BothSides, ComparisonResult } from '../protocol/comparison';
import { compareLabels, compareMasks, compareSpans, type ComparedRow } from './comparison';
import { table } from './plainText';
import { alignTokens, isCutAlike } from './tokenAlignment';

/** What two models make of a text, as tables; a sign marks where they differ. */
export function comparisonText(result: ComparisonResult, text: string): string {
  const { models, tokens, masked, pair, classes, tags } = result;
  const rowsOf = (name: string, rows: readonly ComparedRow[]): string =>
    table([
      ['', name, ...models],
      ...rows.map((row) => [row.differs ? '≠' : '', row.name, ...row.sides.map((side) => side ?? '-')]),
    ]);
  const problems = ([tokens, masked, pair, classes, tags] as (BothSides<unknown> | null)[])
    .flatMap((sides) => sides ?? [])
    .flatMap(({ problem }) => problem ?? []);
  return [
    tokensLine(result),
    ...(masked
      ? compareMasks(masked[0].result, masked[1].result).map((rows, at) => rowsOf(`mask ${at}`, rows))
      : []),
    ...(pair
      ? [rowsOf('pair', compareLabels(pair[0].result?.scores ?? null, pair[1].result?.scores ?? null))]
      : []),
    ...(classes
      ? [
          rowsOf(
            'class',
            compareLabels(
              classes[0].result?.rows[0]?.scores ?? null,
              classes[1].result?.rows[0]?.scores ?? null,
            ),
          ),
        ]
      : []),
    ...(tags
      ? [rowsOf('tag', compareSpans(text, tags[0].result?.spans ?? null, tags[1].result?.spans ?? null))]
      : []),
    ...new Set(problems),
  ].join('\n\n');
}

function tokensLine({ models, tokens: [one, other] }: ComparisonResult): string {
  if (!one.result || !other.result) return 'tokens: of one model only';
  const groups = alignTokens(one.result.tokens, other.result.tokens);
  const alike = groups.filter(isCutAlike);
  const counts = [one.result, other.result].map(({ counts }, at) => `${models[at]} ${counts.ofText}`);
  return `tokens: ${counts.join(', ')}; ${groups.length - alike.length} of ${groups.length} stretches cut differently`;
}
