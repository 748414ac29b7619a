import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { toHeadlightError } from '../../src/core/errors';
import { scoreText } from '../../src/core/sentencesText';
import type { LabelScore, OccludedWord, OcclusionResult, OcclusionWay } from '../../src/protocol/sentences';
import type { SourceRange } from '../../src/protocol/views';
import { Dropdown } from '../shared/ui';

interface WhyProps {
  texts: string[];
  /** The outputs that may be watched, the surest first. */
  scores: LabelScore[];
  disabled: boolean;
  ask: (watched: { way: OcclusionWay; output: number }, signal: AbortSignal) => Promise<OcclusionResult>;
  point: (range: SourceRange | null) => void;
  reveal: (range: SourceRange) => void;
}

/** What each word does to an output: the text is read again without it. Asked for when it is opened. */
export function Why({ texts, scores, disabled, ask, point, reveal }: WhyProps): JSX.Element {
  const [open, setOpen] = useState(false);
  const [way, setWay] = useState<OcclusionWay>('mask');
  const [output, setOutput] = useState<number | null>(null);
  const [loaded, setLoaded] = useState<{ result: OcclusionResult | null; problem: string | null }>(nothing);
  const watched = scores.find(({ id }) => id === output) ?? scores[0]!;
  useEffect(() => {
    setLoaded(nothing);
    if (!open || disabled) return;
    const run = new AbortController();
    ask({ way, output: watched.id }, run.signal).then(
      (result) => {
        if (!run.signal.aborted) setLoaded({ result, problem: null });
      },
      (thrown: unknown) => {
        if (!run.signal.aborted) setLoaded({ result: null, problem: toHeadlightError(thrown).message });
      },
    );
    return () => run.abort();
  }, [open, disabled, way, watched.id, scores]);
  const { result, problem } = loaded;
  return (
    <details class="why" open={open} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>{l10n.t('Why?')}</summary>
      <div class="why-choices">
        <Dropdown
          label={l10n.t('Output')}
          value={String(watched.id)}
          choices={scores.map(({ id, label }) => ({ value: String(id), label }))}
          onChange={(value) => setOutput(Number(value))}
        />
        <Dropdown
          label={l10n.t('Each word')}
          value={way}
          choices={[
            { value: 'mask', label: l10n.t('masked') },
            { value: 'drop', label: l10n.t('left out') },
          ]}
          onChange={setWay}
        />
      </div>
      {problem !== null && <p role="alert">{problem}</p>}
      {open && !disabled && !result && problem === null && (
        <p role="status">{l10n.t('Reading the text without each word…')}</p>
      )}
      {result && <Occlusion {...{ result, texts, point, reveal }} />}
    </details>
  );
}

const nothing = { result: null, problem: null };

type OcclusionProps = Pick<WhyProps, 'texts' | 'point' | 'reveal'> & { result: OcclusionResult };

function Occlusion({ result, texts, point, reveal }: OcclusionProps): JSX.Element {
  const { whole, words } = result;
  const support = ({ logit }: OccludedWord): number => whole.logit - logit;
  const strongest = Math.max(...words.map((word) => Math.abs(support(word)))) || 1;
  const ranked = [...words].sort((a, b) => support(b) - support(a));
  return (
    <>
      {texts.map((text, sequence) => (
        <p key={sequence} class="passage">
          {partsOf(
            text,
            words.filter((word) => word.sequence === sequence),
          ).map((part, index) =>
            typeof part === 'string' ? (
              part
            ) : (
              <span
                key={index}
                class={support(part) >= 0 ? 'supports' : 'opposes'}
                style={{ '--part': `${(Math.abs(support(part)) / strongest) * 60}%` }}
                title={signed(support(part))}
              >
                {text.slice(part.start, part.end)}
              </span>
            ),
          )}
        </p>
      ))}
      <p class="faint">
        {l10n.t(
          'Without a word, the output changes: what supports it is underlined, what speaks against it has a dashed line.',
        )}
      </p>
      <div class="table">
        <table aria-label={l10n.t('Words by what they do to “{0}”', whole.label)}>
          <thead>
            <tr>
              <th scope="col">{l10n.t('Word')}</th>
              <th scope="col" class="number">
                {l10n.t('Logit from it')}
              </th>
              <th scope="col" class="number">
                {l10n.t('Without it')}
              </th>
            </tr>
          </thead>
          <tbody>
            {ranked.map((word) => {
              const { sequence, start, end, logit, probability } = word;
              const range = { sequence, start, end };
              return (
                <tr
                  key={`${sequence} ${start}`}
                  onMouseEnter={() => point(range)}
                  onMouseLeave={() => point(null)}
                >
                  <td>
                    <button
                      type="button"
                      class="cell"
                      title={l10n.t('Show in the editor')}
                      onFocus={() => point(range)}
                      onBlur={() => point(null)}
                      onClick={() => reveal(range)}
                    >
                      {texts[sequence]!.slice(start, end)}
                    </button>
                  </td>
                  <td class="number">{signed(support(word))}</td>
                  <td class="number">{scoreText({ ...whole, logit, probability })}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
    </>
  );
}

/** A text as its words, and what stands between them. */
function partsOf(text: string, words: OccludedWord[]): (OccludedWord | string)[] {
  const parts: (OccludedWord | string)[] = [];
  let at = 0;
  for (const word of words) {
    if (word.start > at) parts.push(text.slice(at, word.start));
    parts.push(word);
    at = word.end;
  }
  return [...parts, text.slice(at)];
}

function signed(value: number): string {
  return `${value > 0 ? '+' : ''}${value.toFixed(3)}`;
}
