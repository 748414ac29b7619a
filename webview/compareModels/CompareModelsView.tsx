import './compareModels.css';
import * as l10n from '@vscode/l10n';
import type { ComponentChildren, JSX } from 'preact';
import { compareLabels, compareMasks, compareSpans } from '../../src/core/comparison';
import type { BothSides, ComparisonResult } from '../../src/protocol/comparison';
import type { ComparisonViewRequests, SourceRange } from '../../src/protocol/views';
import { AlignedTokens } from '../shared/AlignedTokens';
import type { ViewProps } from '../shared/startView';
import { Button } from '../shared/ui';
import { ComparedTable } from './ComparedTable';

/** What two models make of one text, side by side: tokens, masked words, labels and tags. */
export function CompareModelsView({
  content,
  host,
}: ViewProps<ComparisonResult, ComparisonViewRequests>): JSX.Element {
  const { result, texts } = content;
  const { models, tokens, masked, pair, classes, tags } = result;
  const point = (range: SourceRange | null): void =>
    void host.request('highlight', { ranges: range ? [range] : [] });
  const reveal = (range: SourceRange): void => void host.request('reveal', { range, focus: true });
  const [one, other] = tokens;
  return (
    <>
      <header class="summary">
        <h1>{l10n.t('{0} and {1}', ...models)}</h1>
        <span class="push actions">
          <Button secondary onClick={() => void host.request('swap', null)}>
            {l10n.t('Swap')}
          </Button>
          <Button secondary onClick={() => void host.request('chooseModels', null)}>
            {l10n.t('Choose Models…')}
          </Button>
        </span>
      </header>
      {masked && (
        <Question title={l10n.t('Masked words')} {...{ models }} sides={masked}>
          {compareMasks(masked[0].result, masked[1].result).map((rows, mask) => (
            <ComparedTable
              key={mask}
              label={l10n.t('Mask {0}', mask + 1)}
              name={l10n.t('Mask {0}', mask + 1)}
              {...{ models, rows }}
            />
          ))}
        </Question>
      )}
      {pair && (
        <Question title={l10n.t('Sentence pair')} {...{ models }} sides={pair}>
          <ComparedTable
            label={l10n.t('Sentence pair')}
            name={l10n.t('Label')}
            models={models}
            rows={compareLabels(pair[0].result?.scores ?? null, pair[1].result?.scores ?? null)}
          />
        </Question>
      )}
      {classes && (
        <Question title={l10n.t('Classes')} {...{ models }} sides={classes}>
          <ComparedTable
            label={l10n.t('Classes')}
            name={l10n.t('Class')}
            models={models}
            rows={compareLabels(
              classes[0].result?.rows[0]?.scores ?? null,
              classes[1].result?.rows[0]?.scores ?? null,
            )}
          />
        </Question>
      )}
      {tags && (
        <Question title={l10n.t('Tags')} {...{ models }} sides={tags}>
          <ComparedTable
            label={l10n.t('Tags')}
            name={l10n.t('Text')}
            models={models}
            rows={compareSpans(texts[0]!, tags[0].result?.spans ?? null, tags[1].result?.spans ?? null)}
            rangeOf={({ start, end }) => ({ sequence: 0, start, end })}
            {...{ point, reveal }}
          />
        </Question>
      )}
      {!masked && !pair && !classes && !tags && (
        <p class="faint">
          {l10n.t(
            'Neither model has labels for this text. Write [MASK] in the place of a word to compare predictions.',
          )}
        </p>
      )}
      <Question title={l10n.t('Tokens')} {...{ models }} sides={tokens}>
        {one.result && other.result && (
          <AlignedTokens
            result={one.result}
            other={other.result}
            texts={texts}
            onPoint={point}
            onReveal={(range) => reveal(range)}
          />
        )}
      </Question>
    </>
  );
}

interface QuestionProps {
  title: string;
  models: [string, string];
  sides: BothSides<unknown>;
  children: ComponentChildren;
}

/** A kind of question: what both say, and why one cannot. */
function Question({ title, models, sides, children }: QuestionProps): JSX.Element {
  return (
    <section class="question" aria-label={title}>
      <h2>{title}</h2>
      {sides.map(
        ({ problem }, index) =>
          problem !== null && (
            <p key={index} class="notice">
              {l10n.t('{0}: {1}', models[index]!, problem)}
            </p>
          ),
      )}
      {sides.some(({ result }) => result !== null) && children}
    </section>
  );
}
