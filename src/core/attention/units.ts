import type {
  AttentionResult,
  AttentionStack,
  HeadIndex,
  MatrixShape,
  MatrixSource,
} from '../../protocol/attention';
import type { EncodedToken } from '../../protocol/encoding';

/** What a row or a column of a matrix stands for: indices of one token, or of all tokens of a word. */
export type Unit = readonly number[];

/** The rows or the columns of a matrix of attention in the form that is asked for. @param part one text of a pair. */
function unitsOf(
  tokens: readonly EncodedToken[],
  { words, specials }: MatrixShape,
  part: 0 | 1 | null,
): Unit[] {
  const units: number[][] = [];
  let last: EncodedToken | undefined;
  tokens.forEach((token, index) => {
    if (specials !== 'shown' && (token.special || token.attentionMask === 0)) return;
    if (part !== null && token.sequence !== part) return;
    const continues =
      words && token.word !== null && token.word === last?.word && token.sequence === last.sequence;
    if (continues) units.at(-1)!.push(index);
    else units.push([index]);
    last = token;
  });
  return units;
}

/** Rows and columns of a matrix. */
export interface MatrixUnits {
  queries: Unit[];
  keys: Unit[];
}

/** The rows and columns of a matrix in the form that is asked for. */
export function matrixUnits(
  queries: readonly EncodedToken[],
  keys: readonly EncodedToken[],
  shape: MatrixShape,
): MatrixUnits {
  return {
    queries: unitsOf(queries, shape, shape.block?.query ?? null),
    keys: unitsOf(keys, shape, shape.block?.key ?? null),
  };
}

/** What attends, and what it attends to, in a stack. */
export function tokensOfStack(
  { tokens, target }: Pick<AttentionResult, 'tokens' | 'target'>,
  stack: AttentionStack,
): { queries: EncodedToken[]; keys: EncodedToken[] } {
  // A decoder without an encoder reads the text itself.
  const decoded = target ?? tokens;
  switch (stack) {
    case 'encoder':
      return { queries: tokens, keys: tokens };
    case 'decoder':
      return { queries: decoded, keys: decoded };
    case 'cross':
      return { queries: decoded, keys: tokens };
  }
}

/** A matrix with a row and a column for every token. */
export const everyToken: MatrixShape = { words: false, specials: 'shown', block: null };

/** The weights of one head. */
export function oneHead({ layer, head }: HeadIndex): MatrixSource {
  return { kind: 'mean', heads: [{ layer, head }] };
}
