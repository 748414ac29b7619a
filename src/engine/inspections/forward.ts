import { HeadlightError } from '../../core/errors';
import { throwIfCancelled, type CallContext } from '../../core/rpc';
import type { ForwardQuestion, ForwardResult } from '../../protocol/forward';
import { describeStep } from '../forward/formula';
import { generates } from '../generation/generator';
import type { ForwardPass } from '../forward/recipes';
import { architectureFacts } from '../models/architectureFacts';
import { storedTwice } from '../models/storedTwice';
import { roleSources } from '../models/roles';
import type { Model } from '../models/store';
import type { SessionCache } from '../sessions';
import type { TraceStore } from '../traces';
import { readPass, runPass } from './forwardPass';

/** Runs the model once over a text or pair, and keeps every tensor of its Transformer to be read step by step. */
export async function forward(
  model: Model,
  sessions: SessionCache,
  traces: TraceStore,
  question: ForwardQuestion,
  context: CallContext,
): Promise<ForwardResult> {
  throwIfCancelled(context.signal);
  if (model.config.problem) throw model.config.problem;
  const { graph, name } = model;
  if (graph.attentionProblem !== null) throw new HeadlightError('NoAttention', graph.attentionProblem);
  const read = await readPass(model, question);
  const trace = await runPass(model, sessions, traces, read, context);
  const { tokens, target, tokenCount, window, lacksTarget, writing, decoder, pass } = read;
  return {
    ...{ model: name, tokens, target, tokenCount, maximumLength: model.maximumLength, window },
    ...{ lacksTarget, writing, canGenerate: generates(model) },
    trace: traces.keep(trace),
    architecture: architectureFacts(
      model.architecture,
      decoder?.architecture,
      decoder ? storedTwice(model, decoder) : new Map(),
    ),
    steps: stepsOf(decoder ? [model, decoder] : [model], pass),
  };
}

function stepsOf(models: readonly Model[], pass: ForwardPass): ForwardResult['steps'] {
  const places = models.flatMap(({ architecture }) => roleSources(architecture));
  const others = places.flatMap(({ source: _, ...place }) => {
    const at = pass.indexOf(place);
    const step = pass.steps[at];
    const isStep = step?.role === place.role && step.layer === place.layer && step.stack === place.stack;
    return step && !isStep ? [{ at, place }] : [];
  });
  return pass.steps.map(({ role, stack, layer }, at) => ({
    ...{ role, stack, layer },
    ...describeStep(pass, at),
    alsoAt: others.flatMap((other) => (other.at === at ? [other.place] : [])),
  }));
}
