import '../shared/bars.css';
import '../shared/surprise.css';
import './score.css';
import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { surpriseLevel, surpriseOf } from '../../src/core/surprise';
import type { ScoreViewRequests, SourceRange } from '../../src/protocol/views';
import type { ScoreResult, WordScore } from '../../src/protocol/words';
import { ModelButton } from '../shared/modelButton';
import type { ViewProps } from '../shared/startView';
import { WindowBar } from '../shared/windowBar';
import { SurpriseList } from './SurpriseList';
import { TextStrip } from './TextStrip';
import { WordDetails } from './WordDetails';

/** A text with each word as surprising as the model finds it, and the words that surprise it most. */
export function ScoreView({ content, caret, host }: ViewProps<ScoreResult, ScoreViewRequests>): JSX.Element {
  const { result, texts, stale, running } = content;
  const { words, pseudoPerplexity, logLikelihood, tokenwise } = result;
  const [pointed, setPointed] = useState<number | null>(null);
  const [marking, setMarking] = useState(() => isMarking(host.place));
  const word = words[pointed ?? -1];
  useEffect(() => {
    void host.request('highlight', { ranges: word ? [rangeOf(word)] : [] });
  }, [word]);
  useEffect(() => host.keepPlace({ marking }), [marking]);
  useEffect(() => {
    if (running === null) void host.request('mark', { words: marking && !stale ? marksOf(words) : [] });
  }, [marking, result, stale, running]);

  const underCaret = caret && !stale ? indexAt(words, caret) : null;
  const reveal = (index: number, focus: boolean): void =>
    void host.request('reveal', { range: rangeOf(words[index]!), focus });
  const shown = word ?? words[underCaret ?? -1];
  return (
    <>
      <header class="summary">
        <h1>{l10n.t('Pseudo-perplexity {0}', digits(pseudoPerplexity))}</h1>
        <span class="faint">
          {l10n.t(
            'pseudo-log-likelihood {0}; with single tokens masked {1}',
            logLikelihood.toFixed(1),
            tokenwise.toFixed(1),
          )}
        </span>
        <ModelButton
          model={result.model}
          onClick={() => void host.request('act', { action: 'selectModel' })}
        />
        <label class="push">
          <input
            type="checkbox"
            checked={marking}
            onChange={({ currentTarget }) => setMarking(currentTarget.checked)}
          />
          {l10n.t('Mark in the editor')}
        </label>
      </header>
      <WindowBar result={result} onRead={(index) => void host.request('readWindow', { index })} />
      {words.length === 0 ? (
        <p>{l10n.t('There is no word to mask in this text.')}</p>
      ) : (
        <>
          <TextStrip
            {...{ words, result, texts, pointed, underCaret }}
            window={result.window}
            onPoint={setPointed}
            onReveal={reveal}
          />
          <WordDetails
            word={shown}
            {...{ result, texts }}
            onCompare={(compared) => void host.request('compareAttention', { word: rangeOf(compared) })}
          />
          <SurpriseList words={words} result={result} texts={texts} onPoint={setPointed} onReveal={reveal} />
        </>
      )}
    </>
  );
}

function isMarking(kept: unknown): boolean {
  return (kept as { marking?: unknown } | undefined)?.marking === true;
}

function marksOf(words: WordScore[]): (SourceRange & { level: number })[] {
  return words
    .map((word) => ({ ...rangeOf(word), level: surpriseLevel(surpriseOf(word.logProbability)) }))
    .filter(({ level }) => level > 0);
}

function rangeOf({ sequence, start, end }: SourceRange): SourceRange {
  return { sequence, start, end };
}

function indexAt(words: WordScore[], caret: { sequence: 0 | 1; offset: number }): number | null {
  const { sequence, offset } = caret;
  const index = words.findIndex(
    (word) => word.sequence === sequence && word.start <= offset && offset < word.end,
  );
  return index < 0 ? null : index;
}

function digits(value: number): string {
  return value < 1e6 ? String(Number(value.toPrecision(4))) : value.toExponential(2);
}
