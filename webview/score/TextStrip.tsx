import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { surpriseLevel, surpriseLevels, surpriseOf } from '../../src/core/surprise';
import type { Window } from '../../src/protocol/inspections';
import type { ScoreResult, WordScore } from '../../src/protocol/words';

interface TextStripProps {
  words: WordScore[];
  /** What `words` are of. */
  result: ScoreResult;
  texts: string[];
  /** The part that was scored; null for the whole texts. */
  window: Window | null;
  pointed: number | null;
  underCaret: number | null;
  onPoint: (index: number | null) => void;
  onReveal: (index: number, focus: boolean) => void;
}

/** The text itself as a heat strip: each token by its surprise. One tab stop, arrow keys between words. */
export function TextStrip(props: TextStripProps): JSX.Element {
  const { words, texts, window, onPoint } = props;
  const [entered, setEntered] = useState(0);
  const onKeyDown = (event: KeyboardEvent & { currentTarget: HTMLElement }): void => {
    const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -Infinity, End: Infinity }[
      event.key
    ];
    if (step === undefined) return;
    event.preventDefault();
    const next = Math.min(Math.max(entered + step, 0), words.length - 1);
    event.currentTarget.querySelectorAll('button')[next]?.focus();
  };
  const indices = [...words.keys()];
  return (
    <div class="strip" role="group" aria-label={l10n.t('Words by surprise')} onKeyDown={onKeyDown}>
      {texts.map((text, sequence) => (
        <p key={sequence} dir="auto" onMouseLeave={() => onPoint(null)}>
          <StripText
            {...props}
            {...{ text, sequence, entered, setEntered }}
            own={indices.filter((index) => words[index]!.sequence === sequence)}
            bounds={window ?? { start: 0, end: text.length }}
          />
        </p>
      ))}
      <ul class="levels" aria-label={l10n.t('Legend')}>
        {Array.from({ length: surpriseLevels + 1 }, (_, level) => (
          <li key={level}>
            <span class={`swatch level-${level}`} aria-hidden="true" />
            {levelName(level)}
          </li>
        ))}
      </ul>
    </div>
  );
}

interface StripTextProps extends TextStripProps {
  text: string;
  own: number[];
  bounds: { start: number; end: number };
  entered: number;
  setEntered: (index: number) => void;
}

/** Words as buttons, and between them what is no word, or was not scored. */
function StripText(props: StripTextProps): JSX.Element {
  const { words, result, text, own, bounds, pointed, underCaret, entered } = props;
  const { setEntered, onPoint, onReveal } = props;
  const parts: (JSX.Element | string)[] = [];
  let at = bounds.start;
  for (const index of own) {
    const { start, end, logProbability } = words[index]!;
    const bits = surpriseOf(logProbability);
    const looks = ['word'];
    // A word of several pieces shows the surprise of each.
    if (words[index]!.endToken - words[index]!.firstToken === 1) looks.push(`level-${surpriseLevel(bits)}`);
    if (index === pointed) looks.push('pointed');
    if (index === underCaret) looks.push('caret');
    const word = text.slice(start, end);
    if (start > at) parts.push(text.slice(at, start));
    parts.push(
      <button
        type="button"
        key={index}
        class={looks.join(' ')}
        tabIndex={index === Math.min(entered, words.length - 1) ? 0 : -1}
        aria-label={l10n.t('{0}: {1} bits', word, bits.toFixed(1))}
        onMouseEnter={() => onPoint(index)}
        onFocus={() => {
          setEntered(index);
          onPoint(index);
        }}
        onBlur={() => onPoint(null)}
        onClick={() => onReveal(index, false)}
      >
        <WordText {...{ text, result }} word={words[index]!} />
      </button>,
    );
    at = Math.max(at, end);
  }
  parts.push(text.slice(at, bounds.end));
  return <>{parts}</>;
}

/** A word of several pieces with each by its own surprise. */
function WordText({
  text,
  result,
  word,
}: {
  text: string;
  result: ScoreResult;
  word: WordScore;
}): JSX.Element {
  const { start, end, firstToken, endToken } = word;
  const pieces = result.tokens.slice(firstToken, endToken);
  if (pieces.length === 1) return <>{text.slice(start, end)}</>;
  return (
    <>
      {pieces.map((piece, at) => {
        const own = result.scores[firstToken + at]!;
        const next = pieces[at + 1]?.start ?? end;
        return (
          <span key={at} class={`piece level-${surpriseLevel(surpriseOf(own.logProbability))}`}>
            {text.slice(at === 0 ? start : piece.start!, next)}
          </span>
        );
      })}
    </>
  );
}

function levelName(level: number): string {
  const least = ['', '50 %', '6 %', '0.4 %', '0.02 %'];
  return level === 0 ? l10n.t('above {0}', least[1]!) : l10n.t('at most {0}', least[level]!);
}
