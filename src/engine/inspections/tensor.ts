import * as l10n from '@vscode/l10n';
import { HeadlightError } from '../../core/errors';
import { throwIfCancelled, type CallContext } from '../../core/rpc';
import type { TensorQuestion, TensorResult } from '../../protocol/tensor';
import { feedsOf } from '../feeds';
import { sourceAt } from '../models/roles';
import type { Model } from '../models/store';
import type { SessionCache } from '../sessions';
import { matrixOf, pictureOf } from '../tensorMatrix';
import { hearCancellation } from '../turns';
import { readText } from './longText';

/**
 * Runs the model once over a text or pair and gives one tensor inside it as a picture with statistics.
 * @throws HeadlightError `TensorMissing` with the reason where the file does not have it.
 */
export async function tensor(
  model: Model,
  sessions: SessionCache,
  question: TensorQuestion,
  { signal, progress }: CallContext,
): Promise<TensorResult> {
  throwIfCancelled(signal);
  if (model.config.problem) throw model.config.problem;
  const { graph, name } = model;
  const source = sourceAt(model.architecture, question);
  if (source.how === 'missing') throw new HeadlightError('TensorMissing', source.reason);
  const { tokens, window, tokenCount } = await readText(model, question);
  const feeds = feedsOf(graph.inputs, tokens, model.firstPosition, graph.file);

  throwIfCancelled(signal);
  progress({ message: l10n.t('Opening the model {0}…', name) });
  const session = await sessions.open(model, 'every role');
  progress({ message: l10n.t('Running {0} on {1} tokens…', name, tokens.length) });
  await hearCancellation(signal);
  const [tapped] = await session.taps(feeds, [source]);
  await hearCancellation(signal);

  const picture = pictureOf(matrixOf(tapped!, question.role), tapped!.dims);
  return { model: name, tokens, tokenCount, maximumLength: model.maximumLength, window, ...picture };
}
