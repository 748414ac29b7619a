import { HeadlightError } from '../../core/errors';
import { throwIfCancelled, type CallContext } from '../../core/rpc';
import type { TensorQuestion, TensorResult } from '../../protocol/tensor';
import { sourceAt } from '../models/roles';
import type { Model } from '../models/store';
import type { SessionCache } from '../sessions';
import { pictureOf } from '../tensorMatrix';
import type { TraceStore } from '../traces';
import { readPass, runPass } from './forwardPass';
import { targetMissing } from './target';

/**
 * One tensor inside a model that reads a text or pair, as a picture with statistics. The model is run once for all
 * tensors of a text that are asked for one after the other.
 * @throws HeadlightError `TensorMissing` with the reason where the file does not have it, `NoTokens` for a decoder's
 * without a target.
 */
export async function tensor(
  model: Model,
  sessions: SessionCache,
  traces: TraceStore,
  question: TensorQuestion,
  context: CallContext,
): Promise<TensorResult> {
  throwIfCancelled(context.signal);
  if (model.config.problem) throw model.config.problem;
  // Of an encoder and a decoder in two files, what stands behind all stacks is the decoder's.
  const holder = (question.stack !== 'encoder' && model.decoder) || model;
  const source = sourceAt(holder.architecture, question);
  if (source.how === 'missing') throw new HeadlightError('TensorMissing', source.reason);
  const read = await readPass(model, question);
  const step = read.pass.indexOf(question);
  if (step < 0) throw targetMissing(model);

  const { text, pair, window: index = 0 } = question;
  const name = JSON.stringify([model.layout.path, text, pair, index]);
  const kept = traces.forwardOf(name);
  // A model whose files have changed since is another one.
  const trace = kept?.model === model ? kept : await runPass(model, sessions, traces, read, context);
  const { matrix, dims } = await trace.tensor(step);
  traces.keep(trace, name);
  const { window, tokenCount } = read;
  return {
    ...{ model: model.name, tokens: [...trace.tokensOf(trace.pass.steps[step]!)], tokenCount, window },
    maximumLength: model.maximumLength,
    ...pictureOf(matrix, dims),
  };
}
