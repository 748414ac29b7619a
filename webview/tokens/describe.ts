import * as l10n from '@vscode/l10n';
import type { EncodedToken } from '../../src/protocol/encoding';
import type { TokenNote, UnknownReason } from '../../src/protocol/inspections';

/** The parts of a token: the mark of its tokenizer (`##`, `Ġ`, `▁`) and what the model reads. */
export function splitMark(token: EncodedToken): { mark: string; text: string } {
  if (token.special || token.unknown || token.mask) return { mark: '', text: token.token };
  const mark = /^(##|Ġ|▁)(?=.)/u.exec(token.token)?.[0] ?? '';
  return { mark, text: token.token.slice(mark.length) };
}

/**
 * All that a cell shows, in words.
 * @param changed normalisation made something else of its text.
 */
export function labelOf(token: EncodedToken, changed: boolean): string {
  const parts = [
    token.token,
    l10n.t('id {0}', token.id),
    l10n.t('segment {0}', token.segmentId),
    l10n.t('position {0}', token.positionId),
    l10n.t('attention {0}', token.attentionMask),
  ];
  if (token.special) parts.push(l10n.t('added by the tokenizer'));
  if (token.unknown) parts.push(l10n.t('unknown to the model'));
  if (changed) parts.push(l10n.t('changed by normalisation'));
  return parts.join(', ');
}

/** What a cell does not show: the text that the token stands for, where it is, its code points, what became of it. */
export function detailsOf(token: EncodedToken, note: TokenNote | null, texts: string[]): string[] {
  const { start, end, sequence } = token;
  if (start === null || end === null || sequence === null)
    return [l10n.t('added by the tokenizer, not in the text')];
  const source = (texts[sequence] ?? '').slice(start, end);
  const details = [l10n.t('text “{0}”', source)];
  if (texts.length > 1)
    details.push(sequence === 0 ? l10n.t('in the first text') : l10n.t('in the second text'));
  details.push(l10n.t('characters {0}–{1}', start, end));
  details.push(codePointsOf(source));
  if (note !== null && note.normalized !== null) {
    details.push(
      note.normalized === ''
        ? l10n.t('normalised to nothing')
        : l10n.t('normalised to “{0}”, {1}', note.normalized, codePointsOf(note.normalized)),
    );
  }
  if (note?.unknown) details.push(reasonText(note.unknown));
  return details;
}

/** Why a token is unknown, in words. */
function reasonText(reason: UnknownReason): string {
  if (reason.kind === 'tooLong') {
    return l10n.t(
      'unknown: a word of {0} characters, and this tokenizer cuts at most {1} into pieces',
      reason.characters,
      reason.most,
    );
  }
  if (reason.kind === 'absent') {
    return l10n.t('unknown: the vocabulary has no token for “{0}”', reason.text);
  }
  const { found, rest } = reason;
  if (found.length === 0) {
    return l10n.t('unknown: no piece of the vocabulary begins with {0}', characterOf(rest));
  }
  return l10n.t(
    'unknown: after {0}, no piece of the vocabulary goes on with {1}',
    found.join(' '),
    characterOf(rest),
  );
}

/** The first character of a text, and its code point. */
function characterOf(text: string): string {
  const [character = ''] = text;
  return `“${character}” (${codePointsOf(character)})`;
}

/** Code points that are listed before the rest is only counted. */
const listedCodePoints = 8;

/** The code points of a text, the first few of a long one. */
export function codePointsOf(text: string): string {
  const points = [...text].map((character) => {
    const hexadecimal = character.codePointAt(0)!.toString(16).toUpperCase();
    return `U+${hexadecimal.padStart(4, '0')}`;
  });
  const listed = points.slice(0, listedCodePoints).join(' ');
  return points.length > listedCodePoints ? `${listed} …` : listed;
}
