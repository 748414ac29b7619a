import * as l10n from '@vscode/l10n';
import { HeadlightError } from '../../core/errors';
import type { ScoredLayer } from '../../core/attention/scores';
import { throwIfCancelled, type CallContext } from '../../core/rpc';
import type { AttentionQuestion, AttentionResult } from '../../protocol/attention';
import { feedsOf, type Feeds } from '../feeds';
import { attentionSource } from '../models/roles';
import type { Model } from '../models/store';
import type { AttentionTensors } from '../onnx/attention';
import type { SessionCache } from '../sessions';
import { AttentionTrace, type TraceStore } from '../traces';
import { hearCancellation } from '../turns';
import { readText } from './longText';

/** Runs the model once over a text or pair and keeps the attention of every head of every layer as a trace. */
export async function attention(
  model: Model,
  sessions: SessionCache,
  traces: TraceStore,
  question: AttentionQuestion,
  { signal, progress }: CallContext,
): Promise<AttentionResult> {
  throwIfCancelled(signal);
  if (model.config.problem) throw model.config.problem;
  const { graph, name } = model;
  if (graph.attentionProblem !== null) throw new HeadlightError('NoAttention', graph.attentionProblem);
  const { tokens, window, tokenCount } = await readText(model, question);
  const bytes = bytesFor(model, tokens.length);
  checkBudget(model, tokens.length, bytes, question.budgetBytes, traces.mostBytes);

  throwIfCancelled(signal);
  progress({ message: l10n.t('Opening the model {0}…', name) });
  const session = await sessions.open(model, 'attention');
  progress({ message: l10n.t('Running {0} on {1} tokens…', name, tokens.length) });
  await hearCancellation(signal);
  traces.makeRoom(bytes);
  const feeds = feedsOf(graph.inputs, tokens, model.firstPosition, graph.file);
  const layers = await session.taps(
    feeds,
    graph.attention.map((each) => attentionSource(each, 'probabilities')),
  );
  // Nobody would read the trace of a run that was cancelled meanwhile.
  await hearCancellation(signal);
  const tapped = layers.map((probabilities, at) => {
    const tensors = graph.attention[at]!;
    const read = (later: AbortSignal): Promise<ScoredLayer> =>
      scoredLayer(model, sessions, feeds, tensors, later);
    return { stack: tensors.stack, probabilities, read };
  });
  const trace = AttentionTrace.of(tapped, tokens, graph.file);
  return {
    model: name,
    trace: traces.keep(trace),
    tokens,
    tokenCount,
    maximumLength: model.maximumLength,
    window,
    stacks: trace.shapes,
  };
}

/** What an attention is computed from, by one more run over the same tokens. */
async function scoredLayer(
  model: Model,
  sessions: SessionCache,
  feeds: Feeds,
  tensors: AttentionTensors,
  signal: AbortSignal,
): Promise<ScoredLayer> {
  const session = await sessions.open(model, 'attention');
  await hearCancellation(signal);
  const roles = ['query', 'key', 'scores', ...(tensors.mask === undefined ? [] : ['mask' as const])] as const;
  const [query, key, scores, added] = await session.taps(
    feeds,
    roles.map((role) => attentionSource(tensors, role)),
  );
  await hearCancellation(signal);
  return { query: query!, key: key!, scores: scores!, added: added ?? null };
}

/** Where neither the graph nor config.json tells, as in the large models. */
const assumedHeads = 16;

function headsOf({ graph, config }: Model): number {
  return graph.attention[0]?.heads ?? config.heads ?? assumedHeads;
}

/** What the attention of a run takes in memory. */
function bytesFor(model: Model, tokens: number): number {
  const { length } = model.graph.attention;
  return length * headsOf(model) * tokens * tokens * Float32Array.BYTES_PER_ELEMENT;
}

/** Says what a run would take, before it runs, when that is more than was granted or than there can be. */
function checkBudget(
  model: Model,
  tokens: number,
  bytes: number,
  budgetBytes: number,
  mostBytes: number,
): void {
  const megabytes = (size: number): number => Math.ceil(size / 2 ** 20);
  const size = [tokens, megabytes(bytes), model.graph.attention.length, headsOf(model)] as const;
  if (bytes > mostBytes) {
    throw new HeadlightError(
      'OutOfMemory',
      l10n.t(
        'The attention of {0} tokens takes {1} MB ({2} layers × {3} heads × {0} × {0} weights), more than the {4} MB that there can be. Select a shorter text, or raise "headlight.engine.memoryLimitMegabytes".',
        ...size,
        megabytes(mostBytes),
      ),
    );
  }
  if (bytes > budgetBytes) {
    throw new HeadlightError(
      'OverBudget',
      l10n.t(
        'The attention of {0} tokens takes {1} MB of memory ({2} layers × {3} heads × {0} × {0} weights). Run it all the same, or select a shorter text.',
        ...size,
      ),
    );
  }
}
