import type { ForwardDifference } from '../../protocol/forward';

/**
 * Compares numbers with the model's own.
 * @param mayHide a place where the model has no number (a mask hides it) counts as equal whatever we have.
 */
export function differenceOf(
  ours: ArrayLike<number>,
  model: ArrayLike<number>,
  mayHide = false,
): ForwardDifference {
  let [absolute, largest, mismatched] = [0, 0, 0];
  for (let at = 0; at < model.length; at++) {
    const [mine, theirs] = [ours[at]!, model[at]!];
    if (Number.isNaN(theirs) || Number.isNaN(mine)) {
      if (Number.isNaN(theirs) ? !Number.isNaN(mine) && !mayHide : true) mismatched++;
      continue;
    }
    absolute = Math.max(absolute, Math.abs(mine - theirs));
    largest = Math.max(largest, Math.abs(theirs));
  }
  return { absolute, relative: largest > 0 ? absolute / largest : absolute, mismatched };
}
