import { numbersToBytes, poolColumns } from '../core/signedBytes';
import { rowNorms, statisticsOf } from '../core/statistics';
import type { RolePlace } from '../protocol/models';
import type { TensorPicture } from '../protocol/tensor';
import { inOrder } from './axisOrder';
import type { TensorValues } from './sessions';

/** A tensor of one text as a matrix. */
export interface TensorMatrix {
  /** `[rows][columns]`; NaN where a mask hides a score, or where there is no finite number. */
  values: Float32Array;
  rows: number;
  columns: number;
  /** How many heads lie side by side in a row. */
  heads: number;
}

/** Scores from here down are hidden: exporters write masks as -10000, the lowest float16 or float32, or infinity. */
const hiddenScore = -9000;

/** Which axis is the tokens', and which is the heads'; the others make up a head's columns. */
interface Axes {
  row: number | null;
  head: number | null;
}

/**
 * A tensor with a row for each token, heads side by side. Shapes with B = 1 sequence, N heads, S tokens, as
 * `AttentionTensors` and `Architecture` give them.
 */
export function matrixOf({ dims, values }: TensorValues, role: RolePlace['role']): TensorMatrix {
  const axes = axesOf(dims, role);
  const sizeOf = (axis: number | null): number => (axis === null ? 1 : dims[axis]!);
  const [rows, heads] = [sizeOf(axes.row), sizeOf(axes.head)];
  const others = dims.map((_, axis) => axis).filter((axis) => axis !== axes.row && axis !== axes.head);
  const columns = values.length / Math.max(1, rows);
  const order = [axes.row, axes.head, ...others].filter((axis) => axis !== null);
  const isHidden = /Scores$|Mask$/.test(role)
    ? (value: number) => !(value > hiddenScore && value < Infinity)
    : (value: number) => !Number.isFinite(value);
  const matrix = inOrder(values, dims, order);
  for (let index = 0; index < matrix.length; index++) if (isHidden(matrix[index]!)) matrix[index] = NaN;
  return { values: matrix, rows, columns, heads };
}

/** Columns of a picture: about as many as a wide panel has room for. */
const mostCells = 384;

/** A tensor as bytes for drawing, with its statistics. @param dims its axes, as the graph computes it. */
export function pictureOf(matrix: TensorMatrix, dims: readonly number[]): TensorPicture {
  const { values, rows, columns, heads } = matrix;
  const cells = Math.min(columns, mostCells);
  const statistics = statisticsOf(values);
  const scale = Math.max(Math.abs(statistics.minimum), Math.abs(statistics.maximum));
  return {
    ...{ shape: [...dims], rows, columns, heads, cells, scale, statistics },
    bytes: numbersToBytes(poolColumns(values, columns, cells), scale),
    norms: rowNorms(values, columns),
  };
}

/** Roles that are by head, with the heads in the first of three axes where batch and heads are merged. */
const partsOfHeads = /ttention(Query|Key|Value|Scores|Mask|Probabilities|Context)$/;

function axesOf(dims: readonly number[], role: RolePlace['role']): Axes {
  const rank = dims.length;
  // Biases by distance are [S, T, N], keys [B, N, D, T]; of the others tokens are the last axis but one.
  if (role === 'relativePositionBias' && rank === 3) return { row: 0, head: 2 };
  // nn.Transformer has tokens first: [S, B, H].
  const [first = 1, second] = dims;
  if (rank === 3 && first > 1 && second === 1 && !partsOfHeads.test(role)) return { row: 0, head: null };
  const isOneByToken = /^(answerStart|answerEnd|replacedToken)Logits$/.test(role) && rank === 2;
  const row = role.endsWith('Key') || isOneByToken ? rank - 1 : rank - 2;
  return { row: row < 0 ? null : row, head: rank > 2 ? rank - 3 : null };
}
