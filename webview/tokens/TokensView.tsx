import './tokens.css';
import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { EncodedToken } from '../../src/protocol/encoding';
import type { TokensViewRequests, TokensViewResult, SourceRange } from '../../src/protocol/views';
import { rangeOf, tokenAt } from '../shared/linking';
import { ModelButton } from '../shared/modelButton';
import type { ViewProps } from '../shared/startView';
import { Tabs } from '../shared/ui';
import { boundariesOf } from './boundaries';
import { Counts } from './Counts';
import { detailsOf } from './describe';
import { InputPane } from './InputPane';
import { Legend } from './Legend';
import { placeFrom, type Place } from './place';
import { TokenFigure } from './TokenFigure';
import { TwoTokenizers } from './TwoTokenizers';
import { WindowList } from './WindowList';

/** A text as the model reads it: tokens with their ids, the embeddings that they become, another tokenizer beside. */
export function TokensView({
  content,
  caret,
  host,
}: ViewProps<TokensViewResult, TokensViewRequests>): JSX.Element {
  const { result, texts, stale, running } = content;
  const { tokens, notes, counts, maximumLength } = result;
  const [place, setPlace] = useState<Place>(() => placeFrom(host.place));
  const change = (changes: Partial<Place>): void => setPlace((before) => ({ ...before, ...changes }));
  useEffect(() => host.keepPlace(place), [place]);
  const [pointed, setPointed] = useState<number | null>(null);
  const [pointedRange, setPointedRange] = useState<SourceRange | null>(null);
  const range = pointed === null ? pointedRange : rangeOf(tokens[pointed]);
  useEffect(() => {
    void host.request('highlight', { ranges: range ? [range] : [] });
  }, [range?.sequence, range?.start, range?.end]);
  const boundaries = useMemo(() => boundariesOf(tokens), [tokens]);
  useEffect(() => {
    if (running === null) void host.request('mark', { tokens: place.marking && !stale ? boundaries : [] });
  }, [place.marking, boundaries, stale, running]);

  const underCaret = caret && !stale ? tokenAt(tokens, caret) : null;
  const at = pointed ?? underCaret ?? -1;
  const shown = tokens[at];
  const reveal = (target: SourceRange | null, focus: boolean): void => {
    if (target) void host.request('reveal', { range: target, focus });
  };
  return (
    <>
      <header>
        <div class="summary">
          <h1>{countOf(counts.tokens, maximumLength)}</h1>
          <ModelButton
            model={result.model}
            onClick={() => void host.request('act', { action: 'selectModel' })}
          />
          <label class="push">
            <input
              type="checkbox"
              checked={place.marking}
              onChange={({ currentTarget }) => change({ marking: currentTarget.checked })}
            />
            {l10n.t('Mark in the editor')}
          </label>
        </div>
        <Counts result={result} texts={texts} onPoint={setPointedRange} onReveal={reveal} />
        <Tabs
          label={l10n.t('What to show')}
          value={place.tab}
          choices={[
            { value: 'ids', label: l10n.t('Ids') },
            { value: 'input', label: l10n.t('Embeddings') },
            { value: 'other', label: l10n.t('Two Tokenizers') },
          ]}
          onChange={(tab) => change({ tab })}
        />
      </header>
      {place.tab === 'ids' && (
        <>
          <Legend tokens={tokens} notes={notes} />
          <WindowList
            result={result}
            stride={place.stride}
            onStride={(stride) => change({ stride })}
            onReveal={reveal}
          />
          <TokenFigure
            {...{ tokens, notes, maximumLength, pointed, underCaret }}
            count={counts.tokens}
            onPoint={setPointed}
            onReveal={(index, focus) => reveal(rangeOf(tokens[index]), focus)}
          />
        </>
      )}
      {place.tab === 'input' && (
        <InputPane
          result={result}
          ask={(signal) => host.request('input', null, { signal })}
          onPoint={setPointedRange}
          onReveal={reveal}
        />
      )}
      {place.tab === 'other' && (
        <TwoTokenizers
          {...{ result, texts }}
          onChoose={() => void host.request('compareWith', { what: 'model' })}
          onDrop={() => void host.request('compareWith', { what: 'nothing' })}
          onPoint={setPointedRange}
          onReveal={reveal}
        />
      )}
      {place.tab === 'ids' && (
        <footer class="details" role="status">
          {shown ? <Details token={shown} details={detailsOf(shown, notes[at] ?? null, texts)} /> : hint()}
        </footer>
      )}
    </>
  );
}

function Details({ token, details }: { token: EncodedToken; details: string[] }): JSX.Element {
  return (
    <>
      <strong class="mono">{token.token}</strong>
      {details.map((detail) => (
        <span key={detail}>{detail}</span>
      ))}
    </>
  );
}

function hint(): string {
  return l10n.t('Point at a token to see its text. A click, or Enter, goes there.');
}

function countOf(count: number, maximumLength: number | null): string {
  if (maximumLength !== null) return l10n.t('{0} of at most {1} tokens', count, maximumLength);
  return count === 1 ? l10n.t('1 token') : l10n.t('{0} tokens', count);
}
