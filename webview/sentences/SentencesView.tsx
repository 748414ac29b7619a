import '../shared/bars.css';
import './sentences.css';
import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { LabelScore } from '../../src/protocol/sentences';
import type { SentencesResult, SentencesViewRequests, SourceRange } from '../../src/protocol/views';
import { ModelButton } from '../shared/modelButton';
import type { ViewProps } from '../shared/startView';
import { Button } from '../shared/ui';
import { Answers } from './Answers';
import { Classes } from './Classes';
import { nameOfPairLabel, Pair } from './Pair';
import { Similarity } from './Similarity';
import { Tags } from './Tags';
import { Why } from './Why';

type Props = ViewProps<SentencesResult, SentencesViewRequests>;

/** What each picture of the family gets. */
export interface PictureProps<Kind extends SentencesResult['kind']> {
  result: Extract<SentencesResult, { kind: Kind }>;
  texts: string[];
  /** Lights up a range in the editor; none with null. */
  point: (range: SourceRange | null) => void;
  reveal: (range: SourceRange) => void;
}

/** The views of sentences: a summary, and the picture for the kind of question. */
export function SentencesView({ content, host }: Props): JSX.Element {
  const { result, texts } = content;
  const common = {
    texts,
    point: (range: SourceRange | null): void =>
      void host.request('highlight', { ranges: range ? [range] : [] }),
    reveal: (range: SourceRange): void => void host.request('reveal', { range, focus: true }),
  };
  const exportTable = (name: string, rows: string[][]): void =>
    void host.request('exportTable', { name, rows });
  // The same until there is another result: reasons are asked for anew when it changes.
  const judged = useMemo(() => judgedOf(result), [result]);
  return (
    <>
      <header class="summary">
        <h1>{titleOf(result)}</h1>
        <ModelButton
          model={result.model}
          onClick={() => void host.request('act', { action: 'selectModel' })}
        />
        {result.kind === 'classes' && texts.length === 1 && (
          <span class="push">
            <Button secondary onClick={() => void host.request('setByLine', { byLine: !result.byLine })}>
              {result.byLine ? l10n.t('All as one text') : l10n.t('Each line')}
            </Button>
          </span>
        )}
        {result.kind === 'answer' && texts.length === 1 && (
          <span class="push">
            <Button secondary onClick={() => void host.request('askQuestion', null)}>
              {l10n.t('Ask Another Question…')}
            </Button>
          </span>
        )}
      </header>
      {result.kind === 'pair' && <Pair result={result} {...common} />}
      {result.kind === 'classes' && <Classes result={result} exportTable={exportTable} {...common} />}
      {judged && (
        <Why
          {...common}
          {...judged}
          disabled={content.stale || content.running !== null}
          ask={{
            words: (watched, options) => host.request('occlude', watched, options),
            heads: (watched, options) => host.request('knockOut', watched, options),
          }}
          openHead={(head) => void host.request('openAttention', head)}
        />
      )}
      {result.kind === 'tags' && <Tags result={result} exportTable={exportTable} {...common} />}
      {result.kind === 'answer' && <Answers result={result} {...common} />}
      {result.kind === 'similarity' && <Similarity result={result} {...common} />}
    </>
  );
}

/** Classes whose reasons can be asked for: some classifiers have thousands. */
const mostWatched = 20;

/** The outputs whose reasons can be asked for, the surest first, and their names; null where there are none. */
function judgedOf(
  result: SentencesResult,
): { scores: LabelScore[]; nameOf: (label: string) => string } | null {
  if (result.kind === 'classes' && !result.byLine)
    return { scores: result.rows[0]!.scores.slice(0, mostWatched), nameOf: (label) => label };
  if (result.kind !== 'pair') return null;
  const scores = [...result.scores].sort((a, b) => b.logit - a.logit);
  return { scores, nameOf: (label) => nameOfPairLabel(label, result.head) };
}

function titleOf(result: SentencesResult): string {
  switch (result.kind) {
    case 'pair':
      return l10n.t('Sentence pair');
    case 'classes':
      return result.byLine ? l10n.t('Classes of {0} lines', result.rows.length) : l10n.t('Classes');
    case 'tags':
      return l10n.t('{0} tagged parts', result.spans.length);
    case 'answer':
      return result.question;
    case 'similarity':
      return l10n.t('Similarity of {0} lines', result.lines.length);
  }
}
