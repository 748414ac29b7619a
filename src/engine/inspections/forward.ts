import * as l10n from '@vscode/l10n';
import { HeadlightError } from '../../core/errors';
import { throwIfCancelled, type CallContext } from '../../core/rpc';
import type { ArchitectureFacts } from '../../protocol/architecture';
import type { ForwardQuestion, ForwardResult } from '../../protocol/forward';
import { feedsOf, feedsOfPair, readsTarget, type Feeds } from '../feeds';
import { describeStep } from '../forward/formula';
import { forwardPassOf, type ForwardPass } from '../forward/recipes';
import { joinPasses } from '../forward/pair';
import { ForwardTrace, type RunOf } from '../forward/trace';
import { architectureFacts } from '../models/architectureFacts';
import { roleSources } from '../models/roles';
import type { Model } from '../models/store';
import type { Architecture } from '../onnx/architecture/types';
import type { SessionCache } from '../sessions';
import type { TraceStore } from '../traces';
import { hearCancellation } from '../turns';
import { readText } from './longText';
import { readTarget } from './target';

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
  const isPair = model.decoder !== null || readsTarget(graph.inputs);
  const read = await readText(model, isPair ? { ...question, pair: undefined } : question);
  const { tokens, window, tokenCount } = read;
  const target = isPair ? await readTarget(model, question.pair) : null;
  const decoder = target && model.decoder;
  const pass = decoder ? joinPasses(passOf(model), passOf(decoder)) : passOf(model);

  throwIfCancelled(signal);
  progress({ message: l10n.t('Opening the model {0}…', name) });
  await sessions.open(model, 'every role');
  progress({ message: l10n.t('Running {0} on {1} tokens…', name, tokens.length) });
  await hearCancellation(signal);
  const trace: ForwardTrace = new ForwardTrace(
    model,
    pass,
    { text: question.text, tokens, target },
    async (run, sources) => {
      const feeds = await feedsOfRun(trace, run);
      // The session may have been released for others since.
      const session = await sessions.open(modelOf(trace, run), run.taps);
      return session.taps(feeds, sources);
    },
    traces.mostBytes / 4,
  );
  const models = decoder ? [model, decoder] : [model];
  const length = Math.max(tokens.length, target?.length ?? 0);
  await trace.begin(models.reduce((sum, each) => sum + expectedBytes(each, length), 0));
  await hearCancellation(signal);
  return {
    ...{ model: name, tokens, target, tokenCount, maximumLength: model.maximumLength, window },
    lacksTarget: isPair && target === null,
    trace: traces.keep(trace),
    architecture: architectureOf(models),
    steps: stepsOf(models, pass),
  };
}

function passOf(model: Model): ForwardPass {
  const { architecture, graph } = model;
  const pass = passes.get(architecture) ?? forwardPassOf(graph.onnx, architecture);
  passes.set(architecture, pass);
  return pass;
}

function modelOf({ model }: ForwardTrace, { file }: RunOf): Model {
  return (file === 1 && model.decoder) || model;
}

/** What a run is fed: of a decoder in a file of its own the encoder's result, too. */
async function feedsOfRun(trace: ForwardTrace, run: RunOf): Promise<Feeds> {
  const { target } = trace.input;
  const { graph, firstPosition, decoder } = modelOf(trace, run);
  const source = [...run.tokens];
  const { inputs, file } = graph;
  if (target === null || (run.file === 0 && decoder)) return feedsOf(inputs, source, firstPosition, file);
  const pair = { source, target: [...target] };
  if (run.file === 0) return feedsOfPair(inputs, pair, null, firstPosition, file);
  const last = trace.pass.indexOf({ role: 'lastHiddenState', stack: 'encoder', layer: null });
  const { values, rows, columns } = (await trace.tensor(last)).matrix;
  return feedsOfPair(inputs, pair, { dims: [1, rows, columns], values }, firstPosition, file);
}

/** An encoder and its decoder in another file as one. */
function architectureOf(models: readonly Model[]): ArchitectureFacts {
  const parts = models.map(({ architecture }) => architectureFacts(architecture));
  const [first, second] = parts;
  if (!second) return first!;
  const offset = first!.stacks.length;
  return {
    ...second,
    stacks: [...first!.stacks, ...second.stacks],
    weights: [
      ...first!.weights,
      ...second.weights.map((each) => ({ ...each, stack: each.stack === null ? null : each.stack + offset })),
    ],
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
