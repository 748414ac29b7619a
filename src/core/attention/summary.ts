import type { HeadStatistic, StackShape, StackStatistics } from '../../protocol/attention';
import { table } from '../plainText';

/** Statistics that are shares of a head's attention, by what they are called in a table. */
const shares: [HeadStatistic, string][] = [
  ['previousToken', 'previous token'],
  ['nextToken', 'next token'],
  ['sameToken', 'same token'],
  ['firstToken', 'first token'],
  ['separator', 'separator'],
];

/** What each head of a stack attends to, a line each, in percent; nothing where a statistic has no meaning. */
export function headsText(
  { layers, heads }: Pick<StackShape, 'layers' | 'heads'>,
  statistics: StackStatistics,
): string {
  const rows = Array.from({ length: layers * heads }, (_, at) => [
    String(Math.floor(at / heads)),
    String(at % heads),
    ...shares.map(([name]) => {
      const share = statistics[name][at]!;
      return Number.isNaN(share) ? '' : `${(share * 100).toFixed(0)} %`;
    }),
    statistics.entropy[at]!.toFixed(2),
  ]);
  return table([['layer', 'head', ...shares.map(([, title]) => title), 'entropy in bits'], ...rows]);
}
