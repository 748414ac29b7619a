import * as l10n from '@vscode/l10n';
import type { FoundAttention } from './attentionSublayer';
import { unknownFeedForward, type FoundFeedForward } from './feedForward';
import { missing, present } from './sources';
import type { Layer, TensorSource } from './types';

/** Sublayers that follow one another along one residual stream. */
export type Chain = (FoundAttention | FoundFeedForward)[];

export interface FoundLayer {
  readonly description: Layer;
  /** The constants of the layer, by block. */
  readonly weights: Readonly<Record<'attention' | 'crossAttention' | 'feedForward', readonly string[]>>;
}

export function isAttention(sublayer: FoundAttention | FoundFeedForward): sublayer is FoundAttention {
  return 'attention' in sublayer;
}

/** Cuts a chain into layers: one begins with each attention of a stack to itself. */
export function layersOf(chain: Chain): FoundLayer[] {
  const groups: Chain[] = [];
  for (const sublayer of chain) {
    const begins = isAttention(sublayer) && sublayer.attention.stack !== 'cross';
    if (begins || groups.length === 0) groups.push([sublayer]);
    else groups.at(-1)!.push(sublayer);
  }
  return groups.map((group, at) => {
    const attentions = group.filter(isAttention);
    const own = attentions[0]!;
    const cross = attentions.length > 1 ? attentions[1] : undefined;
    const network = group.find((each): each is FoundFeedForward => !isAttention(each));
    const next = groups[at + 1]?.find(isAttention)?.residual?.stream;
    return {
      description: {
        attention: own.description,
        crossAttention: cross?.description,
        feedForward: network?.description ?? unknownFeedForward(),
        hiddenState: stateAfter(network, next),
      },
      weights: {
        attention: own.weights,
        crossAttention: cross?.weights ?? [],
        feedForward: network?.weights ?? [],
      },
    };
  });
}

/** @param next the stream that the layer behind adds to, which tells where the network is not known. */
function stateAfter(network: FoundFeedForward | undefined, next: string | undefined): TensorSource {
  if (network?.around.stream !== undefined) return present(network.around.stream);
  if (network) return network.description.residualSum;
  return next === undefined ? missing(l10n.t('It is not found where this layer ends.')) : present(next);
}
