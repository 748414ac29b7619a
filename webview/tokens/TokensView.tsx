import './tokens.css';
import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { EncodedToken } from '../../src/protocol/encoding';
import type { TokensResult } from '../../src/protocol/inspections';
import type { TokensViewRequests } from '../../src/protocol/views';
import { rangeOf, tokenAt } from '../shared/linking';
import { ModelButton } from '../shared/modelButton';
import type { ViewProps } from '../shared/startView';
import { detailsOf } from './describe';
import { Legend } from './Legend';
import { TokenFigure } from './TokenFigure';

/** A text as the model reads it: each token with its id, segment, position and attention mask. */
export function TokensView({
  content,
  caret,
  host,
}: ViewProps<TokensResult, TokensViewRequests>): JSX.Element {
  const { result, texts, stale } = content;
  const { tokens, maximumLength } = result;
  const [pointed, setPointed] = useState<number | null>(null);
  const range = pointed === null ? null : rangeOf(tokens[pointed]);
  useEffect(() => {
    void host.request('highlight', { ranges: range ? [range] : [] });
  }, [range?.sequence, range?.start, range?.end]);

  const underCaret = caret && !stale ? tokenAt(tokens, caret) : null;
  const shown = tokens[pointed ?? underCaret ?? -1];
  return (
    <>
      <header>
        <div class="summary">
          <h1>{countOf(tokens, maximumLength)}</h1>
          <Unknowns tokens={tokens} />
          <ModelButton
            model={result.model}
            onClick={() => void host.request('act', { action: 'selectModel' })}
          />
        </div>
        <Legend tokens={tokens} />
      </header>
      <TokenFigure
        tokens={tokens}
        maximumLength={maximumLength}
        pointed={pointed}
        underCaret={underCaret}
        onPoint={setPointed}
        onReveal={(index, focus) => {
          const target = rangeOf(tokens[index]);
          if (target) void host.request('reveal', { range: target, focus });
        }}
      />
      <footer class="details">
        {shown ? (
          <>
            <strong class="mono">{shown.token}</strong>
            {detailsOf(shown, texts).map((detail) => (
              <span key={detail}>{detail}</span>
            ))}
          </>
        ) : (
          l10n.t('Point at a token to see its text. A click, or Enter, goes there.')
        )}
      </footer>
    </>
  );
}

function Unknowns({ tokens }: { tokens: EncodedToken[] }): JSX.Element | null {
  const count = tokens.filter(({ unknown }) => unknown).length;
  if (count === 0) return null;
  return <span>{count === 1 ? l10n.t('1 unknown') : l10n.t('{0} unknown', count)}</span>;
}

function countOf(tokens: EncodedToken[], maximumLength: number | null): string {
  if (maximumLength !== null) return l10n.t('{0} of at most {1} tokens', tokens.length, maximumLength);
  return tokens.length === 1 ? l10n.t('1 token') : l10n.t('{0} tokens', tokens.length);
}
