import { lengthOf, normalNumbers } from './vectors';

/** Width of the network, and how far its random matrix stretches vectors before the tanh. */
const [width, gain] = [32, 1];

/**
 * A small recurrent network h′ = tanh(W·h + x) with random weights and inputs, unrolled: how long a small change of
 * the first state still is after each step, over its length at first (Bengio et al. 1994). Each step multiplies with
 * the Jacobian diag(1 − h′²)·W, and nothing is added. An illustration, not a model.
 * @returns one number for each step, from 1 on.
 */
export function tanhNetworkGains(steps: number, seed = 1): Float64Array {
  const normal = normalNumbers(seed);
  const matrix = Float64Array.from({ length: width * width }, () => (gain * normal()) / Math.sqrt(width));
  const times = (vector: Float64Array): Float64Array =>
    vector.map((_, row) => vector.reduce((sum, number, at) => sum + matrix[row * width + at]! * number, 0));
  let state = new Float64Array(width);
  let change = Float64Array.from(state, normal);
  const start = lengthOf(change);
  return Float64Array.from({ length: steps }, () => {
    state = times(state).map((number) => Math.tanh(number + normal()));
    change = times(change).map((number, at) => number * (1 - state[at]! ** 2));
    return lengthOf(change) / start;
  });
}
