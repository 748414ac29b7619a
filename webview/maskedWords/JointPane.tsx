import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { toHeadlightError } from '../../src/core/errors';
import { percent } from '../../src/core/percent';
import type { MaskedWordsResult } from '../../src/protocol/views';
import type { JointFill, JointResult } from '../../src/protocol/words';
import { Button } from '../shared/ui';

interface JointPaneProps {
  result: MaskedWordsResult;
  open: boolean;
  disabled: boolean;
  onToggle: (open: boolean) => void;
  ask: (signal: AbortSignal) => Promise<JointResult>;
  onFill: (texts: string[]) => void;
}

/** Words for all masks together beside each on its own, with both scores; asked for when it is opened. */
export function JointPane({ result, open, disabled, onToggle, ask, onFill }: JointPaneProps): JSX.Element {
  const { fills, problem } = useJointFills(result, open, ask);
  return (
    <details class="joint" open={open} onToggle={({ currentTarget }) => onToggle(currentTarget.open)}>
      <summary>{l10n.t('All masks together')}</summary>
      {problem !== null && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
      {open && !fills && problem === null && (
        <div class="searching">
          <span role="status">{l10n.t('Searching…')}</span>
          <Button secondary onClick={() => onToggle(false)}>
            {l10n.t('Cancel')}
          </Button>
        </div>
      )}
      {open && fills && <JointTable {...{ fills, disabled, onFill }} />}
    </details>
  );
}

interface JointTableProps {
  fills: JointResult;
  disabled: boolean;
  onFill: (texts: string[]) => void;
}

function JointTable({ fills, disabled, onFill }: JointTableProps): JSX.Element {
  const { independent, surestFirst, beam } = fills;
  const rows: [string, JointFill][] = [
    [l10n.t('each on its own'), independent],
    [l10n.t('surest first'), surestFirst],
    ...beam.map((fill, index): [string, JointFill] => [l10n.t('search {0}', index + 1), fill]),
  ];
  return (
    <>
      <table>
        <thead>
          <tr>
            <th scope="col">{l10n.t('How')}</th>
            <th scope="col">{l10n.t('Words')}</th>
            <th scope="col" class="number">
              {l10n.t('Independent')}
            </th>
            <th scope="col" class="number">
              {l10n.t('Together')}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, fill], index) => {
            const words = fill.words.map(({ token }) => token).join(' … ');
            return (
              <tr key={index} class={differs(fill, independent) ? 'other' : ''}>
                <th scope="row">{name}</th>
                <td>
                  <button
                    type="button"
                    class="link mono"
                    dir="auto"
                    aria-disabled={disabled}
                    aria-label={l10n.t('{0}: fill in all', words)}
                    title={l10n.t('Fill in all')}
                    onClick={() => {
                      if (!disabled) onFill(fill.words.map(({ text }) => text));
                    }}
                  >
                    {words}
                  </button>
                </td>
                <td class="number">{likelihood(fill.independent)}</td>
                <td class="number">{likelihood(fill.joint)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <p class="faint">
        {l10n.t(
          'Independent: the product of each word’s probability with all masks hidden. Together: the mask of which the model is surest is filled, and the model is asked again for the next. Where the two disagree, the words depend on each other.',
        )}
      </p>
    </>
  );
}

/** The fills of a result, as soon as they are wanted. */
function useJointFills(
  result: MaskedWordsResult,
  wanted: boolean,
  ask: JointPaneProps['ask'],
): { fills: JointResult | null; problem: string | null } {
  const [loaded, setLoaded] = useState<{
    of: MaskedWordsResult | null;
    fills: JointResult | null;
    problem: string | null;
  }>({ of: null, fills: null, problem: null });
  useEffect(() => {
    if (!wanted || loaded.of?.masks === result.masks) return;
    const run = new AbortController();
    ask(run.signal).then(
      (fills) => {
        if (!run.signal.aborted) setLoaded({ of: result, fills, problem: null });
      },
      (thrown: unknown) => {
        const problem = toHeadlightError(thrown).message;
        if (!run.signal.aborted) setLoaded({ of: result, fills: null, problem });
      },
    );
    return () => run.abort();
  }, [result.masks, wanted]);
  const isCurrent = loaded.of?.masks === result.masks;
  return isCurrent ? loaded : { fills: null, problem: null };
}

function differs(fill: JointFill, other: JointFill): boolean {
  return fill.words.some(({ id }, index) => id !== other.words[index]!.id);
}

/** A probability from its logarithm; tiny ones as a power of ten. */
function likelihood(log: number): string {
  const probability = Math.exp(log);
  return probability >= 0.001 ? percent(probability) : `10^${(log / Math.LN10).toFixed(1)}`;
}
