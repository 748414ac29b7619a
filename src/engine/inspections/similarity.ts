import * as l10n from '@vscode/l10n';
import { HeadlightError } from '../../core/errors';
import { linesOf } from '../../core/lines';
import { throwIfCancelled, type CallContext } from '../../core/rpc';
import { aboveDiagonal, cosineMatrix, pool, rankCorrelation } from '../../core/vectors';
import type { EncodedToken } from '../../protocol/encoding';
import type { TextQuestion } from '../../protocol/inspections';
import type { Pooling, SimilarityResult } from '../../protocol/sentences';
import { feedsOf } from '../feeds';
import { sourceAt } from '../models/roles';
import type { Model } from '../models/store';
import type { TensorSource } from '../onnx/architecture/types';
import type { SessionCache, TensorValues } from '../sessions';
import { hearCancellation } from '../turns';
import { readText } from './longText';

/** More lines make four matrices that nobody can read. */
const mostLines = 50;

const poolings: readonly Pooling[] = ['cls', 'mean', 'max', 'embeddings'];

/** The tensors that sentence vectors are made of; null where the model does not have both. */
export function sentenceSources(model: Model): [TensorSource, TensorSource] | null {
  const at = (role: 'lastHiddenState' | 'tokenEmbedding'): TensorSource =>
    sourceAt(model.architecture, { role, stack: 'encoder', layer: null });
  const sources: [TensorSource, TensorSource] = [at('lastHiddenState'), at('tokenEmbedding')];
  return sources.some(({ how }) => how === 'missing') ? null : sources;
}

/**
 * The lines of a text against each other by the cosine of their vectors: the first token of the last layer ([CLS]),
 * the mean and the maximum of all its tokens (Reimers and Gurevych 2019, section 3), and the mean of the token
 * embeddings that the first layer reads, special tokens left out; with how each ranks the pairs beside counting words.
 * @throws HeadlightError `TensorMissing`, `WrongUsage` for fewer than two lines or too many.
 */
export async function similarity(
  model: Model,
  sessions: SessionCache,
  { text, pair, model: location }: TextQuestion,
  { signal, progress }: CallContext,
): Promise<SimilarityResult> {
  throwIfCancelled(signal);
  if (model.config.problem) throw model.config.problem;
  const sources = sentenceSources(model);
  if (!sources) throw new HeadlightError('TensorMissing', noVectors(model.graph.file));
  const lines = linesOf(text);
  const second = pair === undefined ? [] : linesOf(pair);
  if (lines.length + second.length < 2 || lines.length + second.length > mostLines) {
    throw new HeadlightError(
      'NoTokens',
      l10n.t('Select from 2 to {0} lines, each a text of its own: they are compared.', mostLines),
    );
  }
  progress({ message: l10n.t('Opening the model {0}…', model.name) });
  const session = await sessions.open(model, 'every role');
  const vectors: Record<Pooling, ArrayLike<number>[]> = { cls: [], mean: [], max: [], embeddings: [] };
  const counts: Map<number, number>[] = [];
  const texts = [
    ...lines.map(({ start, end }) => text.slice(start, end)),
    ...second.map(({ start, end }) => pair!.slice(start, end)),
  ];
  for (const [index, line] of texts.entries()) {
    const message = l10n.t('Read {0} of {1} texts…', index, texts.length);
    progress({ message, fraction: index / texts.length });
    await hearCancellation(signal);
    const { tokens } = await readText(model, { model: location, text: line });
    const feeds = feedsOf(model.graph.inputs, tokens, model.firstPosition, model.graph.file);
    const [states, embeddings] = await session.taps(feeds, sources);
    const own = vectorsOf(tokens, states!, embeddings!);
    for (const pooling of poolings) vectors[pooling].push(own[pooling]);
    counts.push(countsOf(tokens));
  }
  const lexical = cosineMatrix(bagsOf(counts));
  const size = texts.length;
  return {
    model: model.name,
    lines: [
      ...lines.map((range) => ({ ...range, sequence: 0 as const })),
      ...second.map((range) => ({ ...range, sequence: 1 as const })),
    ],
    matrices: poolings.map((pooling) => {
      const values = cosineMatrix(vectors[pooling]);
      const different = aboveDiagonal(values, size);
      return {
        ...{ pooling, values },
        mean: different.reduce((sum, value) => sum + value, 0) / different.length,
        correlation: rankCorrelation(different, aboveDiagonal(lexical, size)),
      };
    }),
    lexical,
  };
}

function vectorsOf(
  tokens: EncodedToken[],
  states: TensorValues,
  embeddings: TensorValues,
): Record<Pooling, ArrayLike<number>> {
  const all = [...tokens.keys()];
  const content = all.filter((index) => tokens[index]!.sequence !== null);
  const width = states.values.length / tokens.length;
  return {
    cls: states.values.slice(0, width),
    mean: pool(states.values, width, all, 'mean'),
    max: pool(states.values, width, all, 'max'),
    embeddings: pool(embeddings.values, embeddings.values.length / tokens.length, content, 'mean'),
  };
}

function countsOf(tokens: EncodedToken[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { id, sequence } of tokens) if (sequence !== null) counts.set(id, (counts.get(id) ?? 0) + 1);
  return counts;
}

/** Counts as vectors over the tokens that occur. */
function bagsOf(counts: Map<number, number>[]): number[][] {
  const vocabulary = [...new Set(counts.flatMap((own) => [...own.keys()]))];
  return counts.map((own) => vocabulary.map((id) => own.get(id) ?? 0));
}

/** Why a model gives no sentence vectors. */
function noVectors(file: string): string {
  return l10n.t(
    '{0} gives no sentence vectors: Headlight does not find the embeddings and the last layer of an encoder in its graph. Choose a BERT-like model.',
    file,
  );
}
