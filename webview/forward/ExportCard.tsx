import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { matrixCsv } from '../../src/core/csv';
import { npyOf } from '../../src/core/npy';
import type { EncodedToken } from '../../src/protocol/encoding';
import type { ForwardStepResult } from '../../src/protocol/forward';
import type { ForwardHost } from './ForwardView';
import { isByKey, type NumberedStep } from './path';

interface ExportCardProps {
  shown: ForwardStepResult;
  step: NumberedStep;
  tokens: EncodedToken[];
  /** What the columns of scores stand for. */
  keys: EncodedToken[];
  token: number;
  trace: string;
  model: string;
  host: ForwardHost;
}

/** Numbers that are written as text; of more, as of the scores of a vocabulary, a spreadsheet makes nothing. */
const mostOfCsv = 2 ** 20;

/** Takes the tensor of a card out of the view, or the numbers of its token. */
export function ExportCard(props: ExportCardProps): JSX.Element {
  const { shown, step, tokens, token, trace, model, host } = props;
  const { rows, columns, heads } = shown;
  const isByToken = rows === tokens.length && rows > 1;
  const name = [model, step.stack, step.layer, step.role].filter((part) => part !== null).join('-');
  const values = (): Promise<Float32Array> => host.request('values', { trace, step: step.index });
  const csv = async (): Promise<void> => {
    const names = isByToken ? tokens.map((each) => each.token) : Array.from({ length: rows }, String);
    const text = matrixCsv(await values(), names, columnNames(props));
    await host.request('save', { name: `${name}.csv`, bytes: new TextEncoder().encode(text) });
  };
  const npy = async (): Promise<void> => {
    const shape = heads > 1 ? [rows, heads, columns / heads] : [rows, columns];
    await host.request('save', { name: `${name}.npy`, bytes: npyOf(await values(), shape) });
  };
  return (
    <details class="export">
      <summary>{l10n.t('Export')}</summary>
      <div class="controls">
        {rows * columns <= mostOfCsv && (
          <button type="button" class="link" onClick={() => void csv()}>
            {l10n.t('Tensor as CSV')}
          </button>
        )}
        <button type="button" class="link" onClick={() => void npy()}>
          {l10n.t('Tensor as NPY')}
        </button>
        <button
          type="button"
          class="link"
          onClick={() => void host.request('copy', { text: rowAsText(props) })}
        >
          {isByToken ? l10n.t('Copy the row of “{0}”', tokens[token]!.token) : l10n.t('Copy the row')}
        </button>
      </div>
    </details>
  );
}

/** `head.dimension`, or the key of a score; without the head where there is one. */
function columnNames({ shown: { columns, heads }, step, keys }: ExportCardProps): string[] {
  const size = columns / heads;
  return Array.from({ length: columns }, (_, at) => {
    const own = isByKey(step, size, keys) ? keys[at % size]!.token : String(at % size);
    return heads > 1 ? `${Math.floor(at / size)}.${own}` : own;
  });
}

/** The numbers of the token as a table with tabs, which a spreadsheet takes: the model's beside our own. */
function rowAsText(props: ExportCardProps): string {
  const { row, recomputed } = props.shown;
  const number = (value: number): string => (Number.isNaN(value) ? '' : String(Number(value.toPrecision(9))));
  const header = ['', l10n.t('model'), ...(recomputed ? [l10n.t('recomputed')] : [])];
  const lines = columnNames(props).map((name, at) => [
    name,
    number(row[at]!),
    ...(recomputed ? [number(recomputed[at]!)] : []),
  ]);
  return [header, ...lines].map((line) => `${line.join('\t')}\n`).join('');
}
