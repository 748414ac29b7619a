import { HeadlightError } from '../../core/errors';
import { differenceOf } from '../../core/forward/difference';
import type {
  ForwardCheck,
  ForwardStepQuestion,
  ForwardStepResult,
  ForwardValuesQuestion,
} from '../../protocol/forward';
import { describeStep } from '../forward/formula';
import { detailsOf } from '../forward/details';
import { costOfRow, recompute, rowsOf, type Ground } from '../forward/recompute';
import type { ForwardTrace } from '../forward/trace';
import { pictureOfKept } from '../forward/pictures';
import type { TensorMatrix } from '../tensorMatrix';

/** A step of a trace: its tensor as a picture, a token's row, and both beside what Headlight computes itself. */
export async function forwardStep(
  trace: ForwardTrace,
  { step, token, mostProducts }: ForwardStepQuestion,
): Promise<ForwardStepResult> {
  const { pass } = trace;
  if (!pass.steps[step]) throw noStep(step);
  const kept = await trace.tensor(step);
  const { matrix } = kept;
  const tokens = trace.tokensOf(pass.steps[step]);
  const ground: Ground = { pass, tokens, tensorOf: async (at) => (await trace.tensor(at)).matrix };
  // Of the text as a whole there is one row.
  const row = Math.min(Math.max(0, token), matrix.rows - 1);
  const rows = rowsWithin(matrix.rows, row, mostProducts / Math.max(1, await costOfRow(ground, step)));
  const ours = await recompute(ground, step, rows);
  const { columns } = matrix;
  const { inputs } = describeStep(pass, step);
  return {
    ...pictureOfKept(kept),
    row: matrix.values.slice(row * columns, (row + 1) * columns),
    recomputed: ours ? Float32Array.from(ours.subarray(0, columns)) : null,
    check: ours ? checkOf(ours, matrix, rows, pass.steps[step].role.endsWith('Scores')) : null,
    inputShapes: await Promise.all(inputs.map(async (input) => [...(await trace.tensor(input)).dims])),
    details: await detailsOf(trace, step, row),
  };
}

/** All numbers of a step's tensor, `[rows][columns]`, NaN where a mask hides. */
export async function forwardValues(
  trace: ForwardTrace,
  { step }: ForwardValuesQuestion,
): Promise<Float32Array> {
  if (!trace.pass.steps[step]) throw noStep(step);
  return (await trace.tensor(step)).matrix.values;
}

function noStep(step: number): HeadlightError {
  return new HeadlightError('WrongUsage', `There is no step ${step} in this trace.`);
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
