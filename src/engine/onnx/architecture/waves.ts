import { storedNumbers } from './storedNumbers';
import type { GraphView } from './graphView';
import type { TensorSource } from './types';

/** What storing as int8 leaves of the mean of squares. */
const roundingOfSquares = 5e-3;

/** Largest table that is read to see whether it holds sines and cosines. */
const mostTableBytes = 2 ** 26;

/** Sines and cosines are computed in fewer nodes. */
const mostNodes = 200;

/** Whether a vector is computed from sines and cosines. */
export function isComputedWave(view: GraphView, source: TensorSource): boolean {
  if (source.how !== 'present') return false;
  const open = new Set([source.tensor]);
  const types = new Set<string>();
  for (const tensor of open) {
    const node = view.producer(tensor);
    if (!node || open.size > mostNodes) continue;
    types.add(node.opType);
    for (const input of node.inputs) open.add(input);
  }
  return types.has('Sin') && types.has('Cos');
}

/**
 * Whether every row of a table holds sines and cosines of the same angles (Vaswani et al. 2017, section 3.5), in
 * whatever order: the squares of a row add up to half its length.
 */
export function isTableOfWaves(view: GraphView, table: string): boolean {
  const width = view.width(table);
  let numbers: ArrayLike<number> | undefined;
  try {
    numbers = storedNumbers(view, table, mostTableBytes);
  } catch {
    // Too large, or damaged: the session will tell.
  }
  if (!width || !numbers) return false;
  const rows = numbers.length / width;
  let waves = 0;
  for (let row = 0; row < rows; row++) {
    let squares = 0;
    for (let at = row * width; at < (row + 1) * width; at++) squares += numbers[at]! ** 2;
    if (Math.abs(squares / width - 0.5) < roundingOfSquares) waves++;
  }
  // A row or two of padding may be zero.
  return waves > 0 && waves >= rows - 2;
}
