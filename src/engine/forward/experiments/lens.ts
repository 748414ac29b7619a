import * as l10n from '@vscode/l10n';
import { HeadlightError } from '../../../core/errors';
import { softmaxTopK } from '../../../core/topK';
import type { LensResult } from '../../../protocol/forward';
import { labelOf } from '../labels';
import type { Stage } from '../headStages';
import { throughStages } from '../recompute';
import { rowOf, statesOf } from '../states';
import type { ForwardTrace } from '../trace';

/** Entries that are listed for each state. */
const listed = 5;

/** Reads the state of a token after each layer with the language-model head, as if it were the last. */
export async function lens(trace: ForwardTrace, step: number, token: number): Promise<LensResult> {
  const { model, pass } = trace;
  const { stack } = pass.steps[step]!;
  const head = pass.steps.find(({ role }) => role === 'maskedWordLogits' || role === 'nextTokenLogits');
  if (head?.recipe.kind !== 'stages' || stack === null) {
    throw new HeadlightError(
      'TensorMissing',
      l10n.t('The model has no language-model head that Headlight can apply to other layers.'),
    );
  }
  // Where layers norm before their sublayers, the last norm is a part of the way out.
  const { recipe: before, role } = pass.steps[head.recipe.input]!;
  const last: Stage[] = before.kind === 'norm' && role === 'finalNorm' ? [before] : [];
  const states: LensResult['states'] = [];
  for (const state of statesOf(pass, stack)) {
    const row = Float64Array.from(rowOf((await trace.tensor(state.step)).matrix, token));
    const logits = throughStages(head.graph, [...last, ...head.recipe.stages], row, row.length);
    const found = softmaxTopK(Float32Array.from(logits ?? []), listed);
    const choices = found.map(({ index, probability }) => ({
      label: labelOf(model, head.role, index),
      probability,
    }));
    states.push({ layer: state.layer, choices });
  }
  return { experiment: 'lens', states };
}
