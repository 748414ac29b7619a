import type { RolePlace } from '../../protocol/models';
import type { TensorMatrix } from '../tensorMatrix';
import type { ForwardPass } from './recipes';

/** A state of the residual stream: what a layer gives, or what the first one reads where `layer` is null. */
export interface State {
  layer: number | null;
  step: number;
}

/** The states of a stack in order; none where its layers' results are not found. */
export function statesOf(pass: ForwardPass, stack: RolePlace['stack']): State[] {
  if (stack === null) return [];
  const first = pass.steps.findIndex((step) => step.stack === stack && step.layer !== null);
  const states: State[] = [];
  if (first > 0 && pass.steps[first - 1]!.stack === stack) states.push({ layer: null, step: first - 1 });
  for (let layer = 0; ; layer++) {
    const step = pass.indexOf({ role: 'hiddenState', stack, layer });
    if (step < 0) return states;
    states.push({ layer, step });
  }
}

/** A row of a matrix; of one with fewer rows the last. */
export function rowOf({ values, columns, rows }: TensorMatrix, row: number): Float32Array {
  const at = Math.min(row, rows - 1);
  return values.subarray(at * columns, (at + 1) * columns);
}
