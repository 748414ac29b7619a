import type { JSX } from 'preact';
import { memo } from 'preact/compat';
import type { EncodedToken } from '../../src/protocol/encoding';
import { labelOf, splitMark } from './describe';

interface TokenCellProps {
  index: number;
  token: EncodedToken;
  /** Normalisation made something else of its text. */
  changed: boolean;
  columns: number;
  pointed: boolean;
  underCaret: boolean;
  tabStop: boolean;
}

/** One token over its four numbers. */
export const TokenCell = memo(function TokenCell(props: TokenCellProps): JSX.Element {
  const { index, token, changed, columns, pointed, underCaret, tabStop } = props;
  const { mark, text } = splitMark(token);
  const looks = ['cell', `segment-${token.segmentId}`];
  if (token.special) looks.push('special');
  if (token.unknown) looks.push('unknown');
  if (changed) looks.push('changed');
  if (token.mask) looks.push('mask');
  if (pointed) looks.push('pointed');
  if (underCaret) looks.push('caret');
  return (
    <div
      class={looks.join(' ')}
      role="option"
      aria-label={labelOf(token, changed)}
      aria-selected={underCaret}
      tabIndex={tabStop ? 0 : -1}
      data-index={index}
      style={{ width: `${columns}ch` }}
    >
      <span class="piece" dir="auto">
        {mark && <span class="mark">{mark}</span>}
        {text}
      </span>
      <span>{token.id}</span>
      <span>{token.segmentId}</span>
      <span>{token.positionId}</span>
      <span>{token.attentionMask}</span>
    </div>
  );
});
