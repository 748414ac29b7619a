import { HeadlightError } from '../../core/errors';
import type { ForwardExperimentQuestion, ForwardExperimentResult } from '../../protocol/forward';
import { batchNorm } from '../forward/experiments/batchNorm';
import { gradient } from '../forward/experiments/gradient';
import { lens } from '../forward/experiments/lens';
import { shuffle } from '../forward/experiments/shuffle';
import type { ForwardTrace } from '../forward/trace';

/** Something tried out at a step of a trace, on the same model and text. */
export function forwardExperiment(
  trace: ForwardTrace,
  { experiment, step, token }: ForwardExperimentQuestion,
): Promise<ForwardExperimentResult> {
  if (!trace.pass.steps[step])
    throw new HeadlightError('WrongUsage', `There is no step ${step} in this trace.`);
  switch (experiment) {
    case 'lens':
      return lens(trace, step, token);
    case 'shuffle':
      return shuffle(trace);
    case 'gradient':
      return gradient(trace, step);
    case 'batchNorm':
      return batchNorm(trace, step);
  }
}
