import * as l10n from '@vscode/l10n';
import type { ScoredLayer } from '../../core/attention/scores';
import { HeadlightError } from '../../core/errors';
import { throwIfCancelled, type CallContext } from '../../core/rpc';
import type { AttentionQuestion, AttentionResult } from '../../protocol/attention';
import type { EncodedToken } from '../../protocol/encoding';
import { feedsOf, feedsOfPair, readsTarget, type Feeds } from '../feeds';
import { generates } from '../generation/generator';
import { attentionSource } from '../models/roles';
import type { Model } from '../models/store';
import type { AttentionTensors } from '../onnx/attention';
import type { SessionCache, TensorValues } from '../sessions';
import { AttentionTrace, type TappedAttention, type TraceStore } from '../traces';
import { hearCancellation } from '../turns';
import { checkBudget } from './attentionBudget';
import { readText } from './longText';
import { readTarget } from './target';

/**
 * Runs the model once over a text or pair and keeps the attention of every head of every layer as a trace. For an
 * encoder and a decoder the pair is the target; without one an encoder in a file of its own is read alone.
 */
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
  const isPair = model.decoder !== null || readsTarget(graph.inputs);
  const read = await readText(model, isPair ? { ...question, pair: undefined } : question);
  const { window, tokenCount } = read;
  const tokens = question.masked ? withMasked(model, read.tokens, question.masked) : read.tokens;
  const target = isPair ? await readTarget(model, question.pair) : null;
  const models = target && model.decoder ? [model, model.decoder] : [model];
  const bytes = checkBudget(models, { tokens, target }, question.budgetBytes, traces.mostBytes);

  throwIfCancelled(signal);
  progress({ message: l10n.t('Opening the model {0}…', name) });
  await sessions.open(model, 'attention');
  progress({ message: l10n.t('Running {0} on {1} tokens…', name, tokens.length) });
  await hearCancellation(signal);
  if (question.beside !== undefined && !traces.holdsBeside(question.beside, bytes)) {
    throw new HeadlightError(
      'NotComparable',
      l10n.t(
        'Memory does not hold both. Compare shorter texts, or raise "headlight.engine.memoryLimitMegabytes".',
      ),
    );
  }
  traces.makeRoom(bytes);
  const run = new AttentionRun(sessions, signal);
  const tapped = await run.over(model, tokens, target);
  // Nobody would read the trace of a run that was cancelled meanwhile.
  await hearCancellation(signal);
  const trace = AttentionTrace.of(tapped, { tokens, target }, graph.file);
  return {
    ...{ model: name, trace: traces.keep(trace), tokens, target, tokenCount, window },
    maximumLength: model.maximumLength,
    lacksTarget: isPair && target === null,
    canMask: model.tokenizer.maskTokenId !== null && !model.config.predictsNextToken,
    canGenerate: generates(model),
    stacks: trace.shapes,
  };
}

/**
 * The tokens with the mask token in place of each that lies in a range: as many as before, so that they can be compared.
 * @throws HeadlightError `NotComparable` of a model without a mask token, or where no token lies in the range.
 */
function withMasked(
  { name, tokenizer: { maskToken, maskTokenId } }: Model,
  tokens: EncodedToken[],
  { sequence, start, end }: NonNullable<AttentionQuestion['masked']>,
): EncodedToken[] {
  if (maskToken === null || maskTokenId === null) {
    throw new HeadlightError(
      'NotComparable',
      l10n.t('{0} has no mask token, so no word can be masked. Choose a masked-language model.', name),
    );
  }
  const isIn = (token: EncodedToken): boolean =>
    token.sequence === sequence && token.start! < end && token.end! > start;
  if (!tokens.some(isIn)) {
    throw new HeadlightError('NotComparable', l10n.t('The masked word is not in this window of the text.'));
  }
  return tokens.map((token) =>
    isIn(token) ? { ...token, token: maskToken, id: maskTokenId, mask: true, unknown: false } : token,
  );
}

/** The runs that one question takes: one, or the encoder's and then the decoder's. */
class AttentionRun {
  constructor(
    private readonly sessions: SessionCache,
    private readonly signal: AbortSignal,
  ) {}

  async over(
    model: Model,
    tokens: AttentionResult['tokens'],
    target: AttentionResult['target'],
  ): Promise<TappedAttention[]> {
    const { graph, firstPosition, decoder } = model;
    if (target === null) {
      return (await this.taps(model, feedsOf(graph.inputs, tokens, firstPosition, graph.file))).attention;
    }
    const pair = { source: tokens, target };
    if (!decoder) {
      const feeds = feedsOfPair(graph.inputs, pair, null, firstPosition, graph.file);
      return (await this.taps(model, feeds)).attention;
    }
    const encoded = await this.taps(model, feedsOf(graph.inputs, tokens, firstPosition, graph.file));
    await hearCancellation(this.signal);
    const { inputs, file } = decoder.graph;
    const decoded = await this.taps(
      decoder,
      feedsOfPair(inputs, pair, encoded.outputs[0] ?? null, firstPosition, file),
    );
    return [...encoded.attention, ...decoded.attention];
  }

  /** The attention of one graph, and of an encoder by itself what it gives out. */
  private async taps(
    model: Model,
    feeds: Feeds,
  ): Promise<{ attention: TappedAttention[]; outputs: TensorValues[] }> {
    const { attention: found, onnx } = model.graph;
    const outputs = model.decoder ? onnx.outputs : [];
    const session = await this.sessions.open(model, 'attention');
    const tapped = await session.taps(feeds, [
      ...found.map((each) => attentionSource(each, 'probabilities')),
      ...outputs.map(({ name }) => ({ how: 'present' as const, tensor: name })),
    ]);
    const attentions = found.map((tensors, at) => ({
      stack: tensors.stack,
      probabilities: tapped[at]!,
      read: (signal: AbortSignal) => scoredLayer(model, this.sessions, feeds, tensors, signal),
    }));
    return { attention: attentions, outputs: tapped.slice(found.length) };
  }
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
