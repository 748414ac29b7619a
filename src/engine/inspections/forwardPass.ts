import * as l10n from '@vscode/l10n';
import { throwIfCancelled, type CallContext } from '../../core/rpc';
import type { EncodedToken } from '../../protocol/encoding';
import type { ForwardQuestion, ForwardResult } from '../../protocol/forward';
import { feedsOf, feedsOfPair, readsTarget, type Feeds } from '../feeds';
import { joinPasses } from '../forward/pair';
import { forwardPassOf, type ForwardPass } from '../forward/recipes';
import { ForwardTrace, type RunOf } from '../forward/trace';
import type { Model } from '../models/store';
import type { Architecture } from '../onnx/architecture/types';
import type { SessionCache } from '../sessions';
import type { TraceStore } from '../traces';
import { hearCancellation } from '../turns';
import { readText, type ReadText } from './longText';
import { readTarget } from './target';

const passes = new WeakMap<Architecture, ForwardPass>();

/** What a forward pass reads, and the steps that it takes. */
export interface ReadPass extends ReadText {
  text: string;
  /** What a decoder beside an encoder reads; null where there is none. */
  target: EncodedToken[] | null;
  /** There is a decoder that would read one. */
  lacksTarget: boolean;
  writing: ForwardResult['writing'];
  /** The decoder in a file of its own, where it has something to read. */
  decoder: Model | null;
  pass: ForwardPass;
}

/** Reads a text or pair for a forward pass. @throws as `readText` and `readTarget`. */
export async function readPass(model: Model, question: ForwardQuestion): Promise<ReadPass> {
  const isPair = model.decoder !== null || readsTarget(model.graph.inputs);
  const text = await readText(model, isPair ? { ...question, pair: undefined } : question);
  const whole = isPair ? await readTarget(model, question.pair) : null;
  // A decoder by itself writes the text.
  const isWritten = whole !== null || (!isPair && model.architecture.stacks[0]?.kind === 'decoder');
  const tokens = whole ?? text.tokens;
  const { length } = tokens;
  const written = Math.min(Math.max(1, question.written ?? length), length);
  const read = whole ? text : { ...text, ...(isWritten && { tokens: text.tokens.slice(0, written) }) };
  const target = whole && whole.slice(0, written);
  const decoder = target && model.decoder;
  const pass = decoder ? joinPasses(passOf(model), passOf(decoder)) : passOf(model);
  return {
    ...read,
    text: question.text,
    target,
    lacksTarget: isPair && target === null,
    writing: isWritten ? { written, tokens: length, next: tokens[written]?.token ?? null } : null,
    decoder,
    pass,
  };
}

/** Runs the model once over what was read, and has the tensors of all steps, as far as memory allows. */
export async function runPass(
  model: Model,
  sessions: SessionCache,
  traces: TraceStore,
  { text, tokens, target, decoder, pass }: ReadPass,
  { signal, progress }: CallContext,
): Promise<ForwardTrace> {
  const { name } = model;
  throwIfCancelled(signal);
  progress({ message: l10n.t('Opening the model {0}…', name) });
  await sessions.open(model, 'every role');
  progress({ message: l10n.t('Running {0} on {1} tokens…', name, tokens.length) });
  await hearCancellation(signal);
  const models = decoder ? [model, decoder] : [model];
  const length = Math.max(tokens.length, target?.length ?? 0);
  const trace: ForwardTrace = new ForwardTrace(
    model,
    pass,
    { text, tokens, target },
    async (run, sources) => {
      const feeds = await feedsOfRun(trace, run);
      // The session may have been released for others since.
      const session = await sessions.open(modelOf(trace, run), run.taps);
      return session.taps(feeds, sources);
    },
    models.reduce((sum, each) => sum + expectedBytes(each, length), 0),
    // Its run takes about as much again.
    traces.room / 2,
  );
  await trace.begin();
  await hearCancellation(signal);
  return trace;
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
