import './alignedTokens.css';
import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useMemo, useRef, useState } from 'preact/hooks';
import { alignTokens, groupsOfBoth, isCutAlike } from '../../src/core/tokenAlignment';
import type { EncodedToken } from '../../src/protocol/encoding';
import type { AlignedGroup, TokensResult } from '../../src/protocol/inspections';
import type { SourceRange } from '../../src/protocol/views';
import { targetOfKey } from './tokenKeys';
import type { Line } from './tokenLines';

interface AlignedProps {
  result: TokensResult;
  other: TokensResult;
  texts: string[];
  onPoint: (range: SourceRange | null) => void;
  onReveal: (range: SourceRange, focus: boolean) => void;
}

/** How two tokenizers cut the same text: in numbers, and side by side, what is cut differently in a frame. */
export function AlignedTokens({ result, other, texts, onPoint, onReveal }: AlignedProps): JSX.Element {
  const isCut = [result, other].some(({ tokens, counts }) => tokens.length < counts.tokens);
  const groups = useMemo(() => {
    const all = alignTokens(result.tokens, other.tokens);
    return isCut ? groupsOfBoth(all) : all;
  }, [result, other]);
  const aligned = useRef<HTMLDivElement>(null);
  const [entered, setEntered] = useState(0);
  const different = groups.filter((group) => !isCutAlike(group)).length;
  return (
    <>
      <table class="numbers">
        <thead>
          <tr>
            <th scope="col">{l10n.t('Model')}</th>
            <th scope="col">{l10n.t('Tokens')}</th>
            <th scope="col">{l10n.t('Words')}</th>
            <th scope="col">{l10n.t('Tokens for each word')}</th>
            <th scope="col">{l10n.t('Unknown')}</th>
          </tr>
        </thead>
        <tbody>
          {[result, other].map(({ model, counts }, index) => (
            <tr key={index}>
              <th scope="row">{model}</th>
              <td>{counts.ofText}</td>
              <td>{counts.words}</td>
              <td>{counts.words > 0 ? (counts.ofText / counts.words).toFixed(2) : ''}</td>
              <td>{counts.unknown}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p>{l10n.t('{0} of {1} stretches of text are cut differently.', different, groups.length)}</p>
      {isCut && <p class="faint">{l10n.t('Only the beginning of the text is compared.')}</p>}
      <div
        ref={aligned}
        class="aligned"
        role="group"
        aria-label={l10n.t('Tokens of both, aligned')}
        onKeyDown={(event) => {
          const buttons = [...aligned.current!.children] as HTMLElement[];
          const target = targetOfKey(event, buttons.indexOf(event.target as HTMLElement), linesOf(buttons));
          if (target === null) return;
          event.preventDefault();
          setEntered(target);
          buttons[target]!.focus();
        }}
      >
        {groups.map((group, index) => {
          const source = texts[group.sequence]!.slice(group.start, group.end);
          return (
            <button
              key={`${group.sequence}:${group.start}`}
              type="button"
              tabIndex={index === Math.min(entered, groups.length - 1) ? 0 : -1}
              class={isCutAlike(group) ? 'group' : 'group different'}
              title={source}
              onMouseEnter={() => onPoint(rangeOf(group))}
              onMouseLeave={() => onPoint(null)}
              onFocus={() => onPoint(rangeOf(group))}
              onBlur={() => onPoint(null)}
              onClick={() => onReveal(rangeOf(group), false)}
            >
              <Pieces tokens={result.tokens.slice(group.one.start, group.one.end)} />
              <Pieces tokens={other.tokens.slice(group.other.start, group.other.end)} />
            </button>
          );
        })}
      </div>
    </>
  );
}

/** How elements were broken into lines. */
function linesOf(elements: HTMLElement[]): Line[] {
  const starts = elements.flatMap(({ offsetTop }, index) =>
    offsetTop === elements[index - 1]?.offsetTop ? [] : [index],
  );
  return starts.map((start, line) => ({ start, end: starts[line + 1] ?? elements.length }));
}

function Pieces({ tokens }: { tokens: EncodedToken[] }): JSX.Element {
  return (
    <span class="pieces" dir="auto">
      {tokens.length === 0 && <span class="none">{l10n.t('none')}</span>}
      {tokens.map(({ token, unknown }, index) => (
        <span key={index} class={unknown ? 'bit unknown' : 'bit'}>
          {token}
        </span>
      ))}
    </span>
  );
}

function rangeOf({ sequence, start, end }: AlignedGroup): SourceRange {
  return { sequence, start, end };
}
