import * as l10n from '@vscode/l10n';
import { Tensor } from 'onnxruntime-common';
import { HeadlightError } from '../core/errors';
import type { EncodedToken } from '../protocol/encoding';
import type { TensorFacts } from '../protocol/models';

/** A model's inputs by name. */
export type Feeds = Record<string, Tensor>;

/** What a token gives to each of the inputs that exporters of BERT-family models name. */
const columns: Record<string, (token: EncodedToken, index: number, firstPosition: number) => number> = {
  input_ids: (token) => token.id,
  attention_mask: (token) => token.attentionMask,
  token_type_ids: (token) => token.segmentId,
  position_ids: (_, index, firstPosition) => firstPosition + index,
};

/** Other exporters' names for the same inputs. */
const otherNames: Record<string, string> = {
  input_mask: 'attention_mask',
  segment_ids: 'token_type_ids',
};

function columnOf({ name, type }: TensorFacts): (typeof columns)[string] | undefined {
  const plain = name.replace(/:\d+$/, '');
  return type === 'int64' || type === 'int32' ? columns[otherNames[plain] ?? plain] : undefined;
}

/** The inputs that no token can fill. */
function unfillableInputs(inputs: TensorFacts[]): TensorFacts[] {
  return inputs.filter((input) => !columnOf(input));
}

const decoderPrefix = 'decoder_';

/** Whether a graph reads a target beside its source: an encoder and a decoder in one. */
export function readsTarget(inputs: TensorFacts[]): boolean {
  return inputs.some(({ name }) => name === `${decoderPrefix}input_ids`);
}

/** The inputs that neither a token of the source nor one of the target can fill. */
export function unfillableByPair(inputs: TensorFacts[]): TensorFacts[] {
  return unfillableInputs(
    inputs.map((input) => ({ ...input, name: withoutPrefix(input.name, decoderPrefix) })),
  );
}

function withoutPrefix(name: string, prefix: string): string {
  return name.startsWith(prefix) ? name.slice(prefix.length) : name;
}

/** The inputs that take the keys and values of earlier tokens, or tell whether there are some. */
export function inputsOfCache(inputs: TensorFacts[]): TensorFacts[] {
  return inputs.filter(({ name }) => /^(past|use_cache)/.test(name));
}

/** Says that a model has inputs that no token can fill. */
export function inputsProblem(file: string, inputs: TensorFacts[]): string {
  return l10n.t(
    '{0} needs inputs that Headlight does not know how to fill: {1}. Export the model with input_ids, attention_mask and token_type_ids as its inputs.',
    file,
    inputs.map(({ name, type }) => `"${name}" (${type})`).join(', '),
  );
}

/**
 * The model's inputs for one sequence, each of shape [1, tokens.length].
 * @throws HeadlightError `InputsUnsupported` for an input that no token can fill.
 */
export function feedsOf(
  inputs: TensorFacts[],
  tokens: EncodedToken[],
  firstPosition: number,
  file: string,
): Feeds {
  return batchFeedsOf(inputs, [tokens], { firstPosition, file, paddingId: 0 });
}

export interface BatchOptions {
  firstPosition: number;
  /** Named in errors. */
  file: string;
  /** Token id that fills up shorter sequences, masked. */
  paddingId: number;
}

/**
 * The model's inputs for several sequences, each of shape [sequences, longest]; shorter ones are padded at the end.
 * @throws HeadlightError `InputsUnsupported` for an input that no token can fill.
 */
export function batchFeedsOf(
  inputs: TensorFacts[],
  sequences: EncodedToken[][],
  { firstPosition, file, paddingId }: BatchOptions,
): Feeds {
  const unfillable = unfillableInputs(inputs);
  if (unfillable.length > 0) {
    throw new HeadlightError('InputsUnsupported', inputsProblem(file, unfillable));
  }
  const longest = Math.max(...sequences.map(({ length }) => length));
  const shape = [sequences.length, longest];
  const padding = { ...sequences[0]![0]!, id: paddingId, attentionMask: 0, segmentId: 0 } as const;
  return Object.fromEntries(
    inputs.map((input) => {
      const column = columnOf(input)!;
      const values = sequences.flatMap((tokens) =>
        Array.from({ length: longest }, (_, index) => column(tokens[index] ?? padding, index, firstPosition)),
      );
      return input.type === 'int64'
        ? [input.name, new Tensor('int64', BigInt64Array.from(values, BigInt), shape)]
        : [input.name, new Tensor('int32', Int32Array.from(values), shape)];
    }),
  );
}

function tensorOf(
  { type }: TensorFacts,
  column: (typeof columns)[string],
  tokens: EncodedToken[],
  firstPosition: number,
): Tensor {
  const values = tokens.map((token, index) => column(token, index, firstPosition));
  const shape = [1, tokens.length];
  return type === 'int64'
    ? new Tensor('int64', BigInt64Array.from(values, BigInt), shape)
    : new Tensor('int32', Int32Array.from(values), shape);
}

/** A source text, and what is written of its target so far. */
export interface SourceAndTarget {
  source: EncodedToken[];
  target: EncodedToken[];
}

/**
 * The inputs of an encoder and its decoder in one graph, or, with what its encoder gave, of a decoder by itself, by the
 * names that exporters use: what begins with `decoder_` is of the target, with `encoder_` of the source.
 * @param hidden the encoder's last hidden state, [1, S, H]; null for a graph of both.
 * @throws HeadlightError `InputsUnsupported` for an input that none of these can fill.
 */
export function feedsOfPair(
  inputs: TensorFacts[],
  { source, target }: SourceAndTarget,
  hidden: { dims: readonly number[]; values: Float32Array } | null,
  firstPosition: number,
  file: string,
): Feeds {
  const feeds: Feeds = {};
  const unfilled: TensorFacts[] = [];
  for (const input of inputs) {
    const [ofDecoder, ofEncoder] = [input.name.startsWith(decoderPrefix), input.name.startsWith('encoder_')];
    const tokens = ofDecoder || (hidden && !ofEncoder) ? target : source;
    const name = withoutPrefix(withoutPrefix(input.name, decoderPrefix), 'encoder_');
    const column = columnOf({ ...input, name });
    if (name === 'hidden_states' && hidden && input.type === 'float32')
      feeds[input.name] = new Tensor('float32', hidden.values, hidden.dims);
    else if (column) feeds[input.name] = tensorOf(input, column, tokens, firstPosition);
    else unfilled.push(input);
  }
  if (unfilled.length > 0) throw new HeadlightError('InputsUnsupported', inputsProblem(file, unfilled));
  return feeds;
}
