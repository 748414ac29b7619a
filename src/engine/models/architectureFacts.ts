import type {
  ArchitectureFacts,
  AttentionSublayerFacts,
  BlockKind,
  EmbeddingsFacts,
  LayerFacts,
  SublayerFacts,
  TableFacts,
  WeightFacts,
} from '../../protocol/architecture';
import type {
  Architecture,
  AttentionSublayer,
  Embeddings,
  Layer,
  Sublayer,
  TensorSource,
} from '../onnx/architecture/types';

/**
 * What a drawing of a Transformer needs: an architecture without the names of its tensors.
 * @param decoder of the same model in another file: both are drawn as one.
 * @param storedTwice initializers of the decoder that the first file has, too, where they are counted, by name with how
 * many numbers each has.
 */
export function architectureFacts(
  architecture: Architecture,
  decoder: Architecture | undefined,
  storedTwice: ReadonlyMap<string, number>,
): ArchitectureFacts {
  const first = factsOf(architecture);
  if (!decoder) return first;
  const second = factsOf(decoder);
  const weights = decoder.weights.map(({ initializers, tied }, at): WeightFacts => {
    const facts = second.weights[at]!;
    const again = initializers.filter((name) => storedTwice.has(name));
    if (again.length === 0) return facts;
    const counted = again.filter((name) => !tied.includes(name));
    return {
      ...facts,
      parameters: counted.reduce((left, name) => left - storedTwice.get(name)!, facts.parameters),
      tiedTo: [...new Set<BlockKind>([...facts.tiedTo, 'embeddings'])],
    };
  });
  const offset = first.stacks.length;
  return {
    ...second,
    stacks: [...first.stacks, ...second.stacks],
    weights: [
      ...first.weights.filter(({ stack }) => stack !== null),
      ...weights.map((each) => ({ ...each, stack: each.stack === null ? null : each.stack + offset })),
    ],
  };
}

function factsOf({ stacks, pooler, heads, weights }: Architecture): ArchitectureFacts {
  return {
    stacks: stacks.map(({ kind, embeddings, layers, finalNorm, hiddenSize = null }) => ({
      kind,
      embeddings: embeddingsFacts(embeddings),
      layers: layers.map(layerFacts),
      hasFinalNorm: isThere(finalNorm),
      hiddenSize,
    })),
    hasPooler: isThere(pooler),
    heads: heads.map(({ kind, size = null }) => ({ kind, size })),
    weights: weightFacts(weights, heads),
  };
}

function embeddingsFacts(embeddings: Embeddings): EmbeddingsFacts {
  const { rows, width = null, norm, projection, positions } = embeddings;
  const table = (part: 'token' | 'position' | 'segment'): TableFacts | null =>
    isThere(embeddings[part]) ? { rows: rows[part] ?? null, width } : null;
  return {
    token: table('token'),
    position: table('position'),
    segment: table('segment'),
    hasNorm: isThere(norm),
    hasProjection: isThere(projection),
    positions: [...positions],
  };
}

function layerFacts({ attention, crossAttention, feedForward }: Layer): LayerFacts {
  const { innerSize = null, activation, isGated } = feedForward;
  return {
    attention: attentionFacts(attention),
    crossAttention: crossAttention ? attentionFacts(crossAttention) : null,
    feedForward: { ...sublayerFacts(feedForward), innerSize, activation, isGated },
    isParallel: isSame(attention.residualSum, feedForward.residualSum),
    sharesNorm: isSame(attention.norm, feedForward.norm),
  };
}

function attentionFacts(sublayer: AttentionSublayer): AttentionSublayerFacts {
  const { tensors, window = null } = sublayer;
  return { ...sublayerFacts(sublayer), heads: tensors.heads ?? null, window };
}

function sublayerFacts({ normPlacement: placement, normKind: kind }: Sublayer): SublayerFacts {
  return { norm: placement && kind ? { placement, kind } : null };
}

function weightFacts(weights: Architecture['weights'], heads: Architecture['heads']): WeightFacts[] {
  return weights.map(({ block, stack = null, layers, output, tied, parameters }, at) => {
    const earlier = weights.slice(0, at);
    const owners = earlier.filter(({ initializers }) => initializers.some((name) => tied.includes(name)));
    return {
      block,
      stack,
      layers: [...layers],
      head: output === undefined ? null : heads.findIndex(({ logits }) => logits === output),
      parameters,
      tiedTo: [...new Set(owners.map((owner) => owner.block))],
    };
  });
}

function isThere({ how }: TensorSource): boolean {
  return how !== 'missing';
}

function isSame(one: TensorSource, other: TensorSource): boolean {
  return one.how !== 'missing' && other.how !== 'missing' && one.tensor === other.tensor;
}
