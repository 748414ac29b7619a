import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import type { OccludedWord, OcclusionResult } from '../../src/protocol/sentences';
import type { SourceRange } from '../../src/protocol/views';
import { supportsOf, type Support } from './support';

interface WhyWordsProps {
  result: OcclusionResult;
  /** The watched output, as it is shown. */
  label: string;
  texts: string[];
  point: (range: SourceRange | null) => void;
  reveal: (range: SourceRange) => void;
}

interface WordWithSupport {
  word: OccludedWord;
  support: Support;
}

/** What each word does to an output: in the text, and as a table. */
export function WhyWords({ result, label, texts, point, reveal }: WhyWordsProps): JSX.Element {
  const supports = supportsOf(result.whole, result.words);
  const words = result.words.map((word, index) => ({ word, support: supports[index]! }));
  const ranked = [...words].sort((a, b) => b.support.logit - a.support.logit);
  return (
    <>
      {texts.map((text, sequence) => (
        <p key={sequence} class="passage" dir="auto">
          {partsOf(
            text,
            words.filter(({ word }) => word.sequence === sequence),
          ).map((part, index) =>
            typeof part === 'string' ? (
              part
            ) : (
              <span
                key={index}
                class={part.support.look}
                style={{ '--part': part.support.part }}
                title={part.support.text}
              >
                {text.slice(part.word.start, part.word.end)}
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
        <table aria-label={l10n.t('Words by what they do to “{0}”', label)}>
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
            {ranked.map(({ word: { sequence, start, end }, support }) => {
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
                  <td class="number">{support.text}</td>
                  <td class="number">{support.without}</td>
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
function partsOf(text: string, words: WordWithSupport[]): (WordWithSupport | string)[] {
  const parts: (WordWithSupport | string)[] = [];
  let at = 0;
  for (const each of words) {
    const { start, end } = each.word;
    if (start > at) parts.push(text.slice(at, start));
    parts.push(each);
    at = end;
  }
  return [...parts, text.slice(at)];
}
