import * as l10n from '@vscode/l10n';
import { Tensor } from 'onnxruntime-node';
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
  const feeds: Record<string, Tensor> = {};
  for (const { name, type } of inputs) {
    const plain = name.replace(/:\d+$/, '');
    const column = columns[otherNames[plain] ?? plain];
    if (!column || (type !== 'int64' && type !== 'int32')) {
      throw new HeadlightError(
        'InputsUnsupported',
        l10n.t(
          '{0} needs an input "{1}" ({2}) that Headlight does not know how to fill. Export the model with input_ids, attention_mask and token_type_ids as its inputs.',
          file,
          name,
          type,
        ),
      );
    }
    const values = tokens.map((token, index) => column(token, index, firstPosition));
    const shape = [1, tokens.length];
    feeds[name] =
      type === 'int64'
        ? new Tensor('int64', BigInt64Array.from(values, BigInt), shape)
        : new Tensor('int32', Int32Array.from(values), shape);
  }
  return feeds;
}
