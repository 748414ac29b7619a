import * as l10n from '@vscode/l10n';
import { HeadlightError } from '../../core/errors';
import type { EncodedToken } from '../../protocol/encoding';
import type { Model } from '../models/store';
import { encode } from '../tokenizers/encode';

/**
 * What a decoder reads of a target beside an encoder: its start token, then the tokens of the text, as in training with
 * the target shifted to the right (Vaswani et al. 2017, section 3).
 * @param text absent when there is no target.
 * @returns null when there is none, and the encoder can be read without.
 * @throws HeadlightError `NoTokens` where a target is needed, `ConfigInvalid` without a start token, `TextTooLong`.
 */
export async function readTarget(model: Model, text: string | undefined): Promise<EncodedToken[] | null> {
  if (text === undefined || text.trim() === '') {
    if (model.decoder) return null;
    throw new HeadlightError(
      'NoTokens',
      l10n.t(
        '{0} reads two texts, a source and a target. Select both, the target second, or put a blank line between them.',
        model.name,
      ),
    );
  }
  const start = startOfTarget(model);
  const encoded = await encode(model.tokenizer, text, undefined, model.firstPosition);
  const content = encoded
    .filter(({ special }) => !special)
    .map((token) => ({ ...token, sequence: 1 as const }));
  const target = [start, ...content].map((token, index) => ({
    ...token,
    positionId: model.firstPosition + index,
  }));
  const { maximumLength } = model;
  if (maximumLength !== null && target.length > maximumLength) {
    throw new HeadlightError(
      'TextTooLong',
      l10n.t(
        'The target has {0} tokens, and {1} reads at most {2}. Select a shorter one.',
        target.length,
        model.name,
        maximumLength,
      ),
    );
  }
  return target;
}

/** The token that a target begins with. @throws HeadlightError `ConfigInvalid` where config.json does not tell. */
export function startOfTarget({ tokenizer, firstPosition, config, name }: Model): EncodedToken {
  const id = config.decoderStart;
  if (id === null) {
    throw new HeadlightError(
      'ConfigInvalid',
      l10n.t('config.json of {0} has no decoder_start_token_id: add the id that a target begins with.', name),
    );
  }
  return {
    ...{ token: tokenizer.native.idToToken(id) ?? String(id), id, segmentId: 0, positionId: firstPosition },
    ...{ attentionMask: 1, special: true, start: null, end: null },
    ...{ sequence: null, word: null, unknown: false, mask: false },
  };
}
