import { HeadlightError } from '../../core/errors';
import type { LabelScore, PairHead, WatchedOutput } from '../../protocol/sentences';
import type { Model } from '../models/store';
import type { Head } from '../onnx/architecture/types';
import { activationOf, scoresOf } from './heads';
import { labelsOfPairHead } from './pair';

/**
 * One output of a head in several runs.
 * @param runs the head's logits, of the whole text and the whole model first.
 * @param output index among the head's outputs; the surest of the first run when absent.
 */
export function watchOutput(
  model: Model,
  { kind }: Head,
  runs: readonly Float32Array[],
  output: number | undefined,
): { whole: LabelScore; others: WatchedOutput[] } {
  const labels = labelsOfPairHead(model, kind as PairHead);
  const [first, ...rest] = runs.map((row) => scoresOf(row, labels, activationOf(model, row)));
  const surest = first!.reduce((best, each) => (each.logit > best.logit ? each : best));
  const whole = first![output ?? surest.id];
  if (!whole) throw new HeadlightError('WrongUsage', `There is no output ${output}.`);
  const others = rest.map((scores) => {
    const { logit, probability } = scores[whole.id]!;
    return { logit, probability };
  });
  return { whole, others };
}
