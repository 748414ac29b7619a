import * as l10n from '@vscode/l10n';
import { HeadlightError } from '../../core/errors';
import { throwIfCancelled, type CallContext } from '../../core/rpc';
import type { ForwardQuestion, ForwardResult } from '../../protocol/forward';
import { feedsOf } from '../feeds';
import { describeStep } from '../forward/formula';
import { forwardPassOf, type ForwardPass } from '../forward/recipes';
import { ForwardTrace } from '../forward/trace';
import { architectureFacts } from '../models/architectureFacts';
import { roleSources } from '../models/roles';
import type { Model } from '../models/store';
import type { Architecture } from '../onnx/architecture/types';
import type { SessionCache } from '../sessions';
import type { TraceStore } from '../traces';
import { hearCancellation } from '../turns';
import { readText } from './longText';

const passes = new WeakMap<Architecture, ForwardPass>();

/** Runs the model once over a text or pair, and keeps every tensor of its Transformer to be read step by step. */
export async function forward(
  model: Model,
  sessions: SessionCache,
  traces: TraceStore,
  question: ForwardQuestion,
  { signal, progress }: CallContext,
): Promise<ForwardResult> {
  throwIfCancelled(signal);
  if (model.config.problem) throw model.config.problem;
  const { graph, name } = model;
  if (graph.attentionProblem !== null) throw new HeadlightError('NoAttention', graph.attentionProblem);
  const pass = passOf(model);
  const { tokens, window, tokenCount } = await readText(model, question);

  throwIfCancelled(signal);
  progress({ message: l10n.t('Opening the model {0}…', name) });
  await sessions.open(model, 'every role');
  progress({ message: l10n.t('Running {0} on {1} tokens…', name, tokens.length) });
  await hearCancellation(signal);
  const trace = new ForwardTrace(
    model,
    pass,
    tokens,
    question.text,
    async (read, sources, taps) => {
      // The session may have been released for others since.
      const session = await sessions.open(model, taps);
      return session.taps(feedsOf(graph.inputs, [...read], model.firstPosition, graph.file), sources);
    },
    new Map(),
    traces.mostBytes / 4,
  );
  await trace.begin(expectedBytes(model, tokens.length));
  await hearCancellation(signal);
  return {
    ...{ model: name, tokens, tokenCount, maximumLength: model.maximumLength, window },
    trace: traces.keep(trace),
    architecture: architectureFacts(model.architecture),
    steps: stepsOf(model, pass),
  };
}

function passOf(model: Model): ForwardPass {
  const { architecture, graph } = model;
  const pass = passes.get(architecture) ?? forwardPassOf(graph.onnx, architecture);
  passes.set(architecture, pass);
  return pass;
}

function stepsOf({ architecture }: Model, pass: ForwardPass): ForwardResult['steps'] {
  const others = roleSources(architecture).flatMap(({ source: _, ...place }) => {
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

/** Where neither the graph nor config.json tells, as in the large models. */
const assumed = { heads: 16, hidden: 1024, vocabulary: 50_000 } as const;

/** What all tensors of a run will take in memory, roughly. */
function expectedBytes({ architecture, facts, graph }: Model, tokens: number): number {
  const heads = facts.heads ?? assumed.heads;
  const numbers = architecture.stacks.reduce((sum, { hiddenSize = assumed.hidden, layers }) => {
    const inner = layers[0]?.feedForward.innerSize ?? 4 * hiddenSize;
    return sum + layers.length * tokens * (2 * heads * tokens + 10 * hiddenSize + 2 * inner);
  }, 0);
  const vocabulary = graph.logits === null ? 0 : (facts.vocabularySize ?? assumed.vocabulary);
  return (numbers + tokens * vocabulary) * Float32Array.BYTES_PER_ELEMENT;
}
