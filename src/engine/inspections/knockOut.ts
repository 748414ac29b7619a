import * as l10n from '@vscode/l10n';
import { Tensor } from 'onnxruntime-common';
import { HeadlightError, messageOf } from '../../core/errors';
import { throwIfCancelled, type CallContext } from '../../core/rpc';
import type { KnockOutQuestion, KnockOutResult } from '../../protocol/sentences';
import { feedsOf, type Feeds } from '../feeds';
import type { Model } from '../models/store';
import type { HeadSwitch } from '../onnx/headSwitches';
import { headSwitchesOf, type SessionCache } from '../sessions';
import { hearCancellation } from '../turns';
import { requireHeads } from './heads';
import { readText } from './longText';
import { watchOutput } from './watchedOutput';

/**
 * What each attention head does to an output of the head that judges texts or pairs: the model runs again for each,
 * with that head's context zero (Michel et al. 2019, section 2.2).
 * @throws HeadlightError `NoHead`, `NoTokens`, `TextTooLong`, `TensorMissing` where heads are not told apart.
 */
export async function knockOut(
  model: Model,
  sessions: SessionCache,
  question: KnockOutQuestion,
  { signal, progress }: CallContext,
): Promise<KnockOutResult> {
  const [head] = requireHeads(model, question.pair === undefined ? 'classes' : 'pair');
  const { tokens, window } = await readText(model, question);
  throwIfCancelled(signal);
  const switches = switchesOf(model);
  progress({ message: l10n.t('Opening the model {0}…', model.name) });
  const session = await sessions.open(model, 'head switches');
  const places = switches.flatMap(({ heads }, layer) =>
    Array.from({ length: heads }, (_, index) => ({ layer, head: index })),
  );
  const logits: Float32Array[] = [];
  for (const [done, off] of [null, ...places].entries()) {
    await hearCancellation(signal);
    const feeds = feedsOf(model.graph.inputs, tokens, model.firstPosition, model.graph.file);
    switches.forEach((each, layer) => setSwitch(feeds, each, off?.layer === layer ? off.head : null));
    const [output] = await session.taps(feeds, [{ how: 'present', tensor: head.logits }]);
    logits.push(output!.values);
    const message = l10n.t('{0} of {1} heads taken away…', done, places.length);
    progress({ message, fraction: done / Math.max(1, places.length) });
  }
  const { whole, others } = watchOutput(model, head, logits, question.output);
  const without = switches.map((_, layer) => others.filter((__, index) => places[index]!.layer === layer));
  const stack = model.architecture.stacks.at(-1)!.kind;
  return { model: model.name, whole, stack, without, cut: window !== null };
}

function switchesOf(model: Model): HeadSwitch[] {
  try {
    return headSwitchesOf(model).switches;
  } catch (error) {
    throw new HeadlightError('TensorMissing', messageOf(error));
  }
}

/** @param off the head that is switched off; none with null. */
function setSwitch(feeds: Feeds, { input, heads }: HeadSwitch, off: number | null): void {
  const on = Uint8Array.from({ length: heads }, (_, head) => (head === off ? 0 : 1));
  feeds[input] = new Tensor('bool', on, [heads, 1]);
}
