import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { barScale } from '../../src/core/barScale';
import type { EncodedToken } from '../../src/protocol/encoding';
import { exactWeight } from './weights';

interface AttendedProps {
  tokens: EncodedToken[];
  query: number;
  /** Exact weights of the query over all keys; null while they are on their way. */
  row: Float32Array | null;
  onPoint: (key: number | null) => void;
  onReveal: (key: number) => void;
}

const listed = 5;

/** What one token attends to most in the open head, as a table. */
export function Attended({ tokens, query, row, onPoint, onReveal }: AttendedProps): JSX.Element {
  const keys = row ? strongest(row, listed) : [];
  const scale = barScale(keys.map((key) => row![key]!));
  const title = l10n.t('“{0}” (position {1}) attends to', tokens[query]!.token, query);
  return (
    <table class="attended">
      <caption>{title}</caption>
      <tbody>
        {keys.map((key) => (
          <tr key={key} onMouseEnter={() => onPoint(key)} onMouseLeave={() => onPoint(null)}>
            <th scope="row">
              <Token token={tokens[key]!} position={key} onPoint={onPoint} onReveal={onReveal} />
            </th>
            <td class="track">
              <span class="bar" style={{ width: `${(row![key]! / scale) * 100}%` }} />
            </td>
            <td class="number">{exactWeight(row![key]!)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface TokenProps extends Pick<AttendedProps, 'onPoint' | 'onReveal'> {
  token: EncodedToken;
  position: number;
}

/** A token, as a link to its text where it has one. */
function Token({ token, position, onPoint, onReveal }: TokenProps): JSX.Element {
  const shared = { dir: 'auto' as const, title: l10n.t('position {0}', position) };
  if (token.special) {
    return (
      <span class="mono" {...shared}>
        {token.token}
      </span>
    );
  }
  return (
    <button
      type="button"
      class="link mono"
      {...shared}
      onFocus={() => onPoint(position)}
      onBlur={() => onPoint(null)}
      onClick={() => onReveal(position)}
    >
      {token.token}
    </button>
  );
}

/** Indices of the largest weights, in falling order. */
function strongest(row: Float32Array, count: number): number[] {
  return [...row.keys()].sort((a, b) => row[b]! - row[a]!).slice(0, count);
}
