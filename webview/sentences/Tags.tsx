import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { labelColours, labelsOf } from '../../src/core/labelColours';
import { percent } from '../../src/core/percent';
import type { PictureProps } from './SentencesView';
import { Table } from './Table';

interface TagsProps extends PictureProps<'tags'> {
  exportTable: (name: string, rows: string[][]) => void;
}

/** What the tags mark: a legend of labels, in the editor's colours, and a table. */
export function Tags({ result, texts, point, reveal, exportTable }: TagsProps): JSX.Element {
  const { spans } = result;
  const labels = labelsOf(spans);
  if (spans.length === 0) return <p class="faint">{l10n.t('No word of the text has a tag.')}</p>;
  return (
    <>
      <ul class="legend" aria-label={l10n.t('Labels')}>
        {labels.map((label, index) => (
          <li key={label} class={`label-${labelColours[index % labelColours.length]!}`}>
            {label} <span class="faint">{spans.filter((span) => span.label === label).length}</span>
          </li>
        ))}
      </ul>
      <Table
        label={l10n.t('{0} tagged parts', spans.length)}
        columns={[
          { title: l10n.t('Text') },
          { title: l10n.t('Label') },
          { title: l10n.t('Score'), isNumber: true },
        ]}
        rows={spans.map(({ start, end, label, probability }) => ({
          range: { sequence: 0, start, end },
          cells: [
            { text: texts[0]!.slice(start, end) },
            { text: label },
            { text: percent(probability), sortBy: probability },
          ],
        }))}
        {...{ point, reveal }}
        onExport={(table) => exportTable('tags', table)}
      />
    </>
  );
}
