import type { AttentionStack, HeadStatistic } from '../../protocol/attention';
import type { EncodedToken } from '../../protocol/encoding';

/** Measures heads over one text. */
export type HeadMeter = (weights: Float32Array) => Record<HeadStatistic, number>;

/** Sums of what is measured at each query that has it. */
class Mean {
  private sum = 0;
  private count = 0;

  add(value: number): void {
    this.sum += value;
    this.count++;
  }

  /** NaN where nothing was measured. */
  get value(): number {
    return this.sum / this.count;
  }
}

/**
 * What a head of an attention does, in numbers (after Clark et al. 2019, "What Does BERT Look At?", sections 3 and 4).
 * A pattern is the mean, over the queries that can have it, of the weight that it gives to its keys, 0 to 1:
 * - `previousToken`, `nextToken`: the token before and after the query;
 * - `sameToken`: the query itself;
 * - `sameWord`: the other tokens of its word;
 * - `firstToken`: the first token, of all queries but itself;
 * - `separator`: special tokens but the first;
 * - `crossSentence`: of tokens of one text of a pair, those of the other.
 *
 * `entropy` is the mean of -Σ w·log2 w over the queries, in bits; `broad` the mean of the same as a part of its
 * highest, log2 of the keys that the query may attend to; `distance` the mean of Σ w·|query - key|, in tokens.
 * What cannot be is NaN; across stacks, positions tell nothing.
 * @param queries what attends. @param keys what is attended to. @returns a measure of weights `[query][key]`.
 */
export function headMeter(
  queries: readonly EncodedToken[],
  keys: readonly EncodedToken[],
  stack: AttentionStack,
): HeadMeter {
  const isSelf = stack !== 'cross';
  const isCausal = stack === 'decoder';
  const isPair = isSelf && queries.some(({ sequence }) => sequence === 1);
  const separators = keys.flatMap(({ special }, index) => (special && index > 0 ? [index] : []));
  const columns = keys.length;
  const companions = queries.map((token, index) => (isSelf ? companionsOf(token, index, keys) : []));

  return (weights) => {
    const found = {
      ...{ previousToken: new Mean(), nextToken: new Mean(), sameToken: new Mean(), sameWord: new Mean() },
      ...{ firstToken: new Mean(), separator: new Mean(), crossSentence: new Mean() },
      ...{ broad: new Mean(), entropy: new Mean(), distance: new Mean() },
    } satisfies Record<HeadStatistic, Mean>;
    queries.forEach((token, query) => {
      const row = weights.subarray(query * columns, (query + 1) * columns);
      const sumOver = (indices: readonly number[]): number =>
        indices.reduce((sum, key) => sum + row[key]!, 0);
      let [entropy, distance] = [0, 0];
      for (let key = 0; key < columns; key++) {
        const weight = row[key]!;
        if (weight <= 0) continue;
        entropy -= weight * Math.log2(weight);
        distance += weight * Math.abs(query - key);
      }
      const reachable = isCausal ? query + 1 : columns;
      found.entropy.add(entropy);
      if (reachable > 1) found.broad.add(entropy / Math.log2(reachable));
      if (query > 0 || !isSelf) found.firstToken.add(row[0]!);
      if (separators.length > 0) found.separator.add(sumOver(separators));
      if (!isSelf) return;
      found.distance.add(distance);
      found.sameToken.add(row[query]!);
      if (query > 0) found.previousToken.add(row[query - 1]!);
      if (query < columns - 1 && !isCausal) found.nextToken.add(row[query + 1]!);
      if (companions[query]!.length > 0) found.sameWord.add(sumOver(companions[query]!));
      if (isPair && token.sequence !== null) {
        const other = 1 - token.sequence;
        found.crossSentence.add(
          row.reduce((sum, weight, key) => (keys[key]!.sequence === other ? sum + weight : sum), 0),
        );
      }
    });
    return Object.fromEntries(Object.entries(found).map(([name, mean]) => [name, mean.value])) as Record<
      HeadStatistic,
      number
    >;
  };
}

/** The other tokens of a token's word. */
function companionsOf(
  { word, sequence }: EncodedToken,
  index: number,
  tokens: readonly EncodedToken[],
): number[] {
  if (word === null) return [];
  return tokens.flatMap((other, at) =>
    at !== index && other.word === word && other.sequence === sequence ? [at] : [],
  );
}
