import * as l10n from '@vscode/l10n';
import { Tensor } from 'onnxruntime-common';
import { HeadlightError } from '../core/errors';
import type { EncodedToken } from '../protocol/encoding';
import type { TensorFacts } from '../protocol/models';

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
export function unfillableInputs(inputs: TensorFacts[]): TensorFacts[] {
  return inputs.filter((input) => !columnOf(input));
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
): Record<string, Tensor> {
  return batchFeeds(inputs, [tokens], firstPosition, file);
}

/**
 * The model's inputs for sequences of equal length, each input of shape [sequences.length, length].
 * @throws HeadlightError `InputsUnsupported` for an input that no token can fill.
 */
export function batchFeeds(
  inputs: TensorFacts[],
  sequences: readonly EncodedToken[][],
  firstPosition: number,
  file: string,
): Record<string, Tensor> {
  const unfillable = unfillableInputs(inputs);
  if (unfillable.length > 0) {
    throw new HeadlightError('InputsUnsupported', inputsProblem(file, unfillable));
  }
  const shape = [sequences.length, sequences[0]!.length];
  return Object.fromEntries(
    inputs.map((input) => {
      const values = sequences.flatMap((tokens) =>
        tokens.map((token, index) => columnOf(input)!(token, index, firstPosition)),
      );
      return input.type === 'int64'
        ? [input.name, new Tensor('int64', BigInt64Array.from(values, BigInt), shape)]
        : [input.name, new Tensor('int32', Int32Array.from(values), shape)];
    }),
  );
}
