import { matrixUnits, type Unit } from '../../src/core/attention/units';
import type { MatrixShape } from '../../src/protocol/attention';
import type { EncodedToken } from '../../src/protocol/encoding';
import type { SourcePosition, SourceRange } from '../../src/protocol/views';
import { tokenAt } from '../shared/linking';

/** A row or a column of a matrix. */
export interface AxisEntry {
  label: string;
  special: boolean;
  /** The part of the source text that it stands for; null for what the tokenizer added. */
  range: SourceRange | null;
  /** Indices of its tokens. */
  tokens: Unit;
}

/** The rows and columns of a matrix. */
export interface Axes {
  queries: AxisEntry[];
  keys: AxisEntry[];
}

/** What attends, and what it attends to. */
export interface TokensOfStack {
  queries: EncodedToken[];
  keys: EncodedToken[];
}

/** The rows and columns of the matrix that is asked for, with their names. @param texts what was inspected. */
export function axesOf(tokens: TokensOfStack, texts: string[], shape: MatrixShape): Axes {
  const units = matrixUnits(tokens.queries, tokens.keys, shape);
  return {
    queries: units.queries.map((unit) => entryOf(unit, tokens.queries, texts)),
    keys: units.keys.map((unit) => entryOf(unit, tokens.keys, texts)),
  };
}

function entryOf(unit: Unit, tokens: EncodedToken[], texts: string[]): AxisEntry {
  const [first, last] = [tokens[unit[0]!]!, tokens[unit.at(-1)!]!];
  const { special, sequence } = first;
  const range = sequence === null ? null : { sequence, start: first.start!, end: last.end! };
  const label =
    unit.length === 1 || !range || unit.some((index) => tokens[index]!.mask)
      ? unit.map((index) => tokens[index]!.token).join(' ')
      : texts[range.sequence]!.slice(range.start, range.end);
  return { label, special, range, tokens: unit };
}

/** The row or column that a caret stands in; null for none. */
export function entryAt(
  entries: AxisEntry[],
  tokens: EncodedToken[],
  position: SourcePosition | null,
): number | null {
  const token = position && tokenAt(tokens, position);
  const index = token === null ? -1 : entries.findIndex((entry) => entry.tokens.includes(token));
  return index < 0 ? null : index;
}

/** Whether a causal mask hides all of a column from a row: each token sees itself and those before it. */
export function isMasked(query: AxisEntry, key: AxisEntry): boolean {
  return key.tokens[0]! > query.tokens.at(-1)!;
}
