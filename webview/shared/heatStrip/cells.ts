import * as l10n from '@vscode/l10n';
import { byteToNumber, columnsOfCell } from '../../../src/core/signedBytes';
import type { EncodedToken } from '../../../src/protocol/encoding';
import type { RolePlace } from '../../../src/protocol/models';
import type { TensorResult } from '../../../src/protocol/tensor';

/** A place in a heat strip. */
export interface Cell {
  row: number;
  cell: number;
}

/** A number to four digits. */
export function shortNumber(value: number): string {
  return String(Number(value.toPrecision(4)));
}

/** Where an arrow key takes a cell; null for other keys. */
export function cellAfterKey(key: string, { row, cell }: Cell, { rows, cells }: TensorResult): Cell | null {
  const within = (index: number, count: number): number => Math.min(Math.max(index, 0), count - 1);
  switch (key) {
    case 'ArrowRight':
      return { row, cell: within(cell + 1, cells) };
    case 'ArrowLeft':
      return { row, cell: within(cell - 1, cells) };
    case 'ArrowDown':
      return { row: within(row + 1, rows), cell };
    case 'ArrowUp':
      return { row: within(row - 1, rows), cell };
    case 'Home':
      return { row, cell: 0 };
    case 'End':
      return { row, cell: cells - 1 };
    case 'PageUp':
      return { row: 0, cell };
    case 'PageDown':
      return { row: rows - 1, cell };
    default:
      return null;
  }
}

/** What is at a place of a heat strip, in words. The number is as exact as its byte. @param keys of scores. */
export function describeCell(
  tensor: TensorResult,
  role: RolePlace['role'],
  { row, cell }: Cell,
  keys: EncodedToken[],
): string {
  const { tokens, rows, cells, bytes, scale, norms } = tensor;
  const value = byteToNumber(bytes[row * cells + cell]!, scale);
  return [
    ...(rows === tokens.length && rows > 1 ? [l10n.t('“{0}”, position {1}', tokens[row]!.token, row)] : []),
    placeOf(tensor, role, cell, keys),
    value === null ? l10n.t('hidden by the mask') : `≈ ${shortNumber(value)}`,
    l10n.t('norm {0}', shortNumber(norms[row]!)),
  ].join(' · ');
}

/** Which numbers of a row a cell stands for, by head where there are several. */
function placeOf(
  { columns, cells, heads }: TensorResult,
  role: RolePlace['role'],
  cell: number,
  keys: EncodedToken[],
): string {
  const { start, end } = columnsOfCell(cell, columns, cells);
  const size = columns / heads;
  const [first, last] = [start % size, (end - 1) % size];
  const isByKey = /(Scores|Probabilities)$/.test(role) && size === keys.length;
  const names = isByKey ? [first, last].map((key) => `“${keys[key]!.token}”`) : [String(first), String(last)];
  const range = end - start === 1 ? names[0]! : `${names[0]}–${names[1]}`;
  const inRow = isByKey ? l10n.t('to {0}', range) : l10n.t('dimension {0}', range);
  return heads > 1 ? `${l10n.t('head {0}', Math.floor(start / size))} · ${inRow}` : inRow;
}
