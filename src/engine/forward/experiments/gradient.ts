import * as l10n from '@vscode/l10n';
import { HeadlightError } from '../../../core/errors';
import { tanhNetworkGains } from '../../../core/forward/tanhNetwork';
import { lengthOf, normalNumbers } from '../../../core/forward/vectors';
import type { GradientResult } from '../../../protocol/forward';
import { sublayersOf, type Sublayer } from '../sublayers';
import type { ForwardTrace } from '../trace';

/** Directions in which the first state is changed. */
const directions = 3;

/** Length of a change over the length of the state. */
const relativeStep = 1e-4;

/** Multiplications that may be asked for: a few seconds. */
const mostProducts = 4e9;

/**
 * How long a small change of what the first layer reads still is after each sublayer, with x + f(x) as the model has
 * it, and with f(x) alone at the same states. Central differences of our own computation in float64.
 */
export async function gradient(trace: ForwardTrace, step: number): Promise<GradientResult> {
  const { stack } = trace.pass.steps[step]!;
  const sublayers = stack && (await sublayersOf(trace, stack));
  if (!sublayers?.length) {
    throw new HeadlightError(
      'TensorMissing',
      l10n.t('The layers of this stack are in a form that Headlight does not compute as a whole.'),
    );
  }
  const tokens = trace.tokensOf(trace.pass.steps[step]!).length;
  const products = sublayers.reduce((sum, { products }) => sum + products, 0) * tokens * 4 * directions;
  if (products > mostProducts) {
    throw new HeadlightError(
      'OverBudget',
      l10n.t('Finite differences of this model take too long on {0} tokens. Select a shorter text.', tokens),
    );
  }
  const logs = { with: sublayers.map(() => 0), without: sublayers.map(() => 0) };
  for (let direction = 0; direction < directions; direction++) {
    const normal = normalNumbers(direction + 1);
    const start = Float64Array.from(sublayers[0]!.stream, normal);
    let [whole, alone]: Float64Array[] = [start, start];
    sublayers.forEach((sublayer, at) => {
      whole = changed(sublayer, whole!, 1);
      alone = changed(sublayer, alone!, 0);
      logs.with[at]! += Math.log(lengthOf(whole) / lengthOf(start)) / directions;
      logs.without[at]! += Math.log(lengthOf(alone) / lengthOf(start)) / directions;
    });
  }
  return {
    experiment: 'gradient',
    withResidual: Float32Array.from(logs.with, Math.exp),
    withoutResidual: Float32Array.from(logs.without, Math.exp),
    sublayers: sublayers.map(({ layer, part }) => ({ layer, part })),
    step: relativeStep,
    directions,
    recurrent: Float32Array.from(tanhNetworkGains(sublayers.length)),
  };
}

/** The derivative of a sublayer at its state along a direction; `residual` is 1 with the stream and 0 without. */
export function changed(sublayer: Sublayer, direction: Float64Array, residual: 0 | 1): Float64Array {
  const { stream, apply } = sublayer;
  const size = (relativeStep * lengthOf(stream)) / (lengthOf(direction) || 1);
  const at = (sign: 1 | -1): Float64Array => {
    const moved = stream.map((number, place) => number + sign * size * direction[place]!);
    // Without the 1 of f′(x) + 1 the stream stays where it is: only f moves.
    return apply(moved, residual === 1 ? moved : stream);
  };
  const [up, down] = [at(1), at(-1)];
  return up.map((number, place) => (number - down[place]!) / (2 * size));
}
