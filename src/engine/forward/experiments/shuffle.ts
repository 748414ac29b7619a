import * as l10n from '@vscode/l10n';
import { HeadlightError } from '../../../core/errors';
import { differenceOf } from '../../../core/forward/difference';
import { shuffled } from '../../../core/forward/vectors';
import type { ShuffleResult } from '../../../protocol/forward';
import { rowsOf } from '../recompute';
import { statesOf } from '../states';
import type { ForwardTrace } from '../trace';

/**
 * Runs the model on the tokens in another order, once with its positions and once without: without them an encoder
 * gives each token what it gave it before, in the new order.
 */
export async function shuffle(trace: ForwardTrace): Promise<ShuffleResult> {
  const { pass, model } = trace;
  const { tokens } = trace.input;
  const encoder = model.architecture.stacks.find(({ kind }) => kind === 'encoder');
  const last = statesOf(pass, 'encoder').at(-1);
  if (!encoder || !last) {
    throw new HeadlightError(
      'TensorMissing',
      l10n.t('Only an encoder can be tried: a decoder knows the order of its tokens by its mask.'),
    );
  }
  const order = newOrder(tokens.map(({ special }) => special));
  const other = order.map((at, place) => ({ ...tokens[at]!, positionId: tokens[place]!.positionId }));
  const distance = async (taps: 'every role' | 'without positions'): Promise<number> => {
    const plain = await trace.elsewhere(last.step, tokens, taps);
    const moved = await trace.elsewhere(last.step, other, taps);
    return differenceOf(moved.values, rowsOf(plain.values, plain.columns, order)).relative;
  };
  return {
    experiment: 'shuffle',
    tokens: other.map(({ token }) => token),
    withPositions: await distance('every role'),
    withoutPositions: await distance('without positions'),
  };
}

/** The places of all tokens, those of the text in another order. */
function newOrder(isSpecial: readonly boolean[]): number[] {
  const places = isSpecial.flatMap((special, at) => (special ? [] : [at]));
  const order = shuffled(places.length, 7);
  const result = isSpecial.map((_, at) => at);
  places.forEach((place, at) => (result[place] = places[order[at]!]!));
  return result;
}
