/**
 * The functions that a Transformer is made of, row by row in float64, as their papers define them. They are written
 * for reading and for checking a model's own numbers, not for speed.
 */
import type { Activation } from '../../protocol/architecture';

/** Numbers of a matrix, row by row. */
export type Numbers = ArrayLike<number>;

/**
 * x·W + b for some rows.
 * @param x `[rows][inputs]` @param matrix `[inputs][outputs]` @param bias `[outputs]`, or nothing to add.
 * @returns `[rows][outputs]`
 */
export function linear(
  x: Numbers,
  matrix: Numbers,
  outputs: number,
  bias: Numbers | undefined,
): Float64Array {
  const inputs = matrix.length / outputs;
  const rows = x.length / inputs;
  const result = new Float64Array(rows * outputs);
  for (let row = 0; row < rows; row++) {
    const start = row * outputs;
    if (bias) for (let column = 0; column < outputs; column++) result[start + column] = bias[column]!;
    for (let input = 0; input < inputs; input++) {
      const factor = x[row * inputs + input]!;
      const weights = input * outputs;
      for (let column = 0; column < outputs; column++)
        result[start + column]! += factor * matrix[weights + column]!;
    }
  }
  return result;
}

/** Mean, and variance of the whole (not of a sample), of some numbers. */
export function momentsOf(row: Numbers): { mean: number; variance: number } {
  let sum = 0;
  for (let at = 0; at < row.length; at++) sum += row[at]!;
  const mean = sum / row.length;
  let squares = 0;
  for (let at = 0; at < row.length; at++) squares += (row[at]! - mean) ** 2;
  return { mean, variance: squares / row.length };
}

/** What a norm multiplies with and adds, for each feature. */
export interface NormWeights {
  scale: Numbers;
  bias: Numbers | undefined;
  epsilon: number;
}

/** γ · (x − μ) / √(σ² + ε) + β over the features of one token (Ba et al. 2016, equations 3 and 4). */
export function layerNorm(row: Numbers, { scale, bias, epsilon }: NormWeights): Float64Array {
  const { mean, variance } = momentsOf(row);
  const deviation = Math.sqrt(variance + epsilon);
  return Float64Array.from(
    { length: row.length },
    (_, at) => ((row[at]! - mean) / deviation) * scale[at]! + (bias?.[at] ?? 0),
  );
}

/** γ · x / √(mean of x² + ε) over the features of one token (Zhang and Sennrich 2019, equation 4). */
export function rmsNorm(row: Numbers, { scale, bias, epsilon }: NormWeights): Float64Array {
  let squares = 0;
  for (let at = 0; at < row.length; at++) squares += row[at]! ** 2;
  const root = Math.sqrt(squares / row.length + epsilon);
  return Float64Array.from(
    { length: row.length },
    (_, at) => (row[at]! / root) * scale[at]! + (bias?.[at] ?? 0),
  );
}

/** exp(x) over its sum, the largest taken off first; NaN and −∞ are hidden and get 0. */
export function softmax(row: Numbers): Float64Array {
  let maximum = -Infinity;
  for (let at = 0; at < row.length; at++) if (row[at]! > maximum) maximum = row[at]!;
  const powers = Float64Array.from({ length: row.length }, (_, at) => {
    const power = Math.exp(row[at]! - maximum);
    return Number.isNaN(power) ? 0 : power;
  });
  const sum = powers.reduce((total, power) => total + power, 0);
  return sum > 0 ? powers.map((power) => power / sum) : powers;
}

/** A function of one number, where it is known by name. */
export function activationFunction(activation: Activation): ((x: number) => number) | undefined {
  return activations[activation];
}

const activations: Partial<Record<Activation, (x: number) => number>> = {
  // Hendrycks and Gimpel 2016, section 2, exact and by tanh.
  gelu: (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)),
  geluTanh: (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  quickGelu: (x) => x / (1 + Math.exp(-1.702 * x)),
  silu: (x) => x / (1 + Math.exp(-x)),
  relu: (x) => Math.max(x, 0),
  reluSquared: (x) => Math.max(x, 0) ** 2,
  tanh: Math.tanh,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  none: (x) => x,
};

/** Where the power series takes too many terms, and loses digits. */
const seriesEnd = 3;

/** The error function, to about 1e-14 (Abramowitz and Stegun 1964, 7.1.6 and 7.1.14). */
export function erf(x: number): number {
  const size = Math.abs(x);
  if (size < seriesEnd) {
    let term = x;
    let sum = x;
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
      term *= (2 * x * x) / (2 * n + 1);
      sum += term;
    }
    return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
  }
  let fraction = 0;
  for (let n = 60; n > 0; n--) fraction = n / 2 / (size + fraction);
  return Math.sign(x) * (1 - Math.exp(-size * size) / Math.sqrt(Math.PI) / (size + fraction));
}
