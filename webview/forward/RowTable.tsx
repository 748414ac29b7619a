import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { EncodedToken } from '../../src/protocol/encoding';
import type { ForwardStep, ForwardStepResult } from '../../src/protocol/forward';
import { shortNumber } from '../shared/heatStrip/cells';
import { isByKey } from './path';

interface RowTableProps {
  shown: ForwardStepResult;
  step: ForwardStep;
  tokens: EncodedToken[];
  /** What the columns of scores stand for. */
  keys: EncodedToken[];
  token: number;
  head: number;
}

/** Numbers that are listed before a person asks for all. */
const few = 16;
/** More would make a table that nobody reads. */
const most = 2048;

/** The numbers of the chosen token, of a tensor by head those of the chosen one: the model's beside our own. */
export function RowTable({ shown, step, tokens, keys, token, head }: RowTableProps): JSX.Element {
  const [all, setAll] = useState(false);
  const { row, recomputed, heads, columns, rows } = shown;
  const size = columns / heads;
  const start = Math.min(head, heads - 1) * size;
  const places = Array.from({ length: Math.min(size, all ? most : few) }, (_, at) => at);
  const byKey = isByKey(step, size, keys);
  const number = (value: number): string => (Number.isNaN(value) ? l10n.t('hidden') : shortNumber(value));
  const whose =
    rows === tokens.length && rows > 1
      ? l10n.t('Numbers of “{0}”', tokens[token]!.token)
      : l10n.t('Numbers of the text as a whole');
  return (
    <section class="row">
      <h4>{heads > 1 ? `${whose} · ${l10n.t('head {0}', head)}` : whose}</h4>
      <div class="row-scroll" tabIndex={0} role="region" aria-label={whose}>
        <table>
          <thead>
            <tr>
              <th scope="col">{byKey ? l10n.t('key') : l10n.t('dimension')}</th>
              {places.map((at) => (
                <th key={at} scope="col" dir="auto">
                  {byKey ? keys[at]!.token : at}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <tr class="model">
              <th scope="row">{l10n.t('model')}</th>
              {places.map((at) => (
                <td key={at}>{number(row[start + at]!)}</td>
              ))}
            </tr>
            {recomputed && (
              <tr class="ours">
                <th scope="row">{l10n.t('recomputed')}</th>
                {places.map((at) => (
                  <td key={at}>{number(recomputed[start + at]!)}</td>
                ))}
              </tr>
            )}
          </tbody>
        </table>
      </div>
      {size > few && (
        <button type="button" class="link" onClick={() => setAll(!all)}>
          {all ? l10n.t('Show fewer') : l10n.t('Show {0}', Math.min(size, most))}
        </button>
      )}
    </section>
  );
}
