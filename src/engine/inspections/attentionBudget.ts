import * as l10n from '@vscode/l10n';
import { tokensOfStack } from '../../core/attention/units';
import { HeadlightError } from '../../core/errors';
import type { AttentionResult } from '../../protocol/attention';
import type { Model } from '../models/store';

/** What a run reads. */
type Input = Pick<AttentionResult, 'tokens' | 'target'>;

/** Where neither the graph nor config.json tells, as in the large models. */
const assumedHeads = 16;

const headsOf = ({ graph, config }: Model): number =>
  graph.attention[0]?.heads ?? config.heads ?? assumedHeads;

/** What the attention of a run takes in memory. */
function bytesFor(models: readonly Model[], input: Input): number {
  const weights = models.flatMap((model) =>
    model.graph.attention.map(({ stack }) => {
      const { queries, keys } = tokensOfStack(input, stack);
      return headsOf(model) * queries.length * keys.length;
    }),
  );
  return weights.reduce((sum, each) => sum + each, 0) * Float32Array.BYTES_PER_ELEMENT;
}

/**
 * Says what a run would take, before it runs.
 * @throws HeadlightError `OverBudget` where it is more than was granted, `OutOfMemory` where there cannot be as much.
 */
export function checkBudget(
  models: readonly Model[],
  input: Input,
  budgetBytes: number,
  mostBytes: number,
): number {
  const bytes = bytesFor(models, input);
  const megabytes = (size: number): number => Math.ceil(size / 2 ** 20);
  const layers = models.reduce((sum, { graph }) => sum + graph.attention.length, 0);
  const { tokens, target } = input;
  const takes = target
    ? l10n.t(
        'The attention of {0} tokens and a target of {1} takes {2} MB of memory ({3} layers × {4} heads).',
        tokens.length,
        target.length,
        megabytes(bytes),
        layers,
        headsOf(models[0]!),
      )
    : l10n.t(
        'The attention of {0} tokens takes {1} MB of memory ({2} layers × {3} heads × {0} × {0} weights).',
        tokens.length,
        megabytes(bytes),
        layers,
        headsOf(models[0]!),
      );
  if (bytes > mostBytes) {
    const more = l10n.t(
      'That is more than the {0} MB that there can be. Select a shorter text, or raise "headlight.engine.memoryLimitMegabytes".',
      megabytes(mostBytes),
    );
    throw new HeadlightError('OutOfMemory', `${takes} ${more}`);
  }
  if (bytes > budgetBytes) {
    const way = l10n.t('Run it all the same, or select a shorter text.');
    throw new HeadlightError('OverBudget', `${takes} ${way}`);
  }
  return bytes;
}
