import { HeadlightError } from '../../core/errors';
import { differenceOf } from '../../core/forward/difference';
import type { ForwardCheck, ForwardStepQuestion, ForwardStepResult } from '../../protocol/forward';
import { describeStep } from '../forward/formula';
import { detailsOf } from '../forward/details';
import { costOfRow, recompute, rowsOf, type Ground } from '../forward/recompute';
import type { ForwardTrace } from '../forward/trace';
import type { TensorPicture } from '../../protocol/tensor';
import { pictureOf, type TensorMatrix } from '../tensorMatrix';

/** Pictures are of all tokens, and stay while another one is chosen. */
const pictures = new WeakMap<TensorMatrix, TensorPicture>();

/** A step of a trace: its tensor as a picture, a token's row, and both beside what Headlight computes itself. */
export async function forwardStep(
  trace: ForwardTrace,
  { step, token, mostProducts }: ForwardStepQuestion,
): Promise<ForwardStepResult> {
  const { pass } = trace;
  if (!pass.steps[step]) throw new HeadlightError('WrongUsage', `There is no step ${step} in this trace.`);
  const { matrix, dims } = await trace.tensor(step);
  const tokens = trace.tokensOf(pass.steps[step]);
  const ground: Ground = { pass, tokens, tensorOf: async (at) => (await trace.tensor(at)).matrix };
  // Of the text as a whole there is one row.
  const row = Math.min(Math.max(0, token), matrix.rows - 1);
  const rows = rowsWithin(matrix.rows, row, mostProducts / Math.max(1, await costOfRow(ground, step)));
  const ours = await recompute(ground, step, rows);
  const { columns } = matrix;
  const picture = pictures.get(matrix) ?? pictureOf(matrix, dims);
  pictures.set(matrix, picture);
  const { inputs } = describeStep(pass, step);
  return {
    ...picture,
    row: matrix.values.slice(row * columns, (row + 1) * columns),
    recomputed: ours ? Float32Array.from(ours.subarray(0, columns)) : null,
    check: ours ? checkOf(ours, matrix, rows, pass.steps[step].role.endsWith('Scores')) : null,
    inputShapes: await Promise.all(inputs.map(async (input) => [...(await trace.tensor(input)).dims])),
    details: await detailsOf(trace, step, row),
  };
}

/** As many rows as may be, `first` before all others and the rest spread evenly. */
function rowsWithin(count: number, first: number, most: number): number[] {
  const others = [...Array(count).keys()].filter((row) => row !== first);
  const room = Math.max(0, Math.min(others.length, Math.floor(most) - 1));
  const spread = Array.from({ length: room }, (_, at) => others[Math.floor((at * others.length) / room)]!);
  return [first, ...spread];
}

function checkOf(
  ours: Float64Array,
  { values, columns, heads }: TensorMatrix,
  rows: readonly number[],
  mayHide: boolean,
): ForwardCheck {
  const model = rowsOf(values, columns, rows);
  const size = columns / heads;
  const ofHead = (numbers: Float64Array, head: number): Float64Array =>
    rowsOf(
      numbers,
      size,
      rows.map((_, at) => at * heads + head),
    );
  return {
    ...differenceOf(ours, model, mayHide),
    rows: rows.length,
    heads: Array.from({ length: heads }, (_, head) =>
      differenceOf(ofHead(ours, head), ofHead(model, head), mayHide),
    ),
  };
}
