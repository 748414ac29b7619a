import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { scoreText } from '../../src/core/sentencesText';
import { ScoreBars } from './ScoreBars';
import type { PictureProps } from './SentencesView';
import { Table } from './Table';

interface ClassesProps extends PictureProps<'classes'> {
  exportTable: (name: string, rows: string[][]) => void;
}

/** The classes of one text as bars, or the best class of each line as a table. */
export function Classes({ result, texts, point, reveal, exportTable }: ClassesProps): JSX.Element {
  const { rows, byLine } = result;
  const cut = rows.filter((row) => row.cut).length;
  const notice = cut > 0 && (
    <p class="notice">
      {byLine
        ? l10n.t('{0} lines are longer than the model reads: their beginnings were read.', cut)
        : l10n.t('The text is longer than the model reads: its beginning was read.')}
    </p>
  );
  if (!byLine) {
    return (
      <>
        {notice}
        <ScoreBars label={l10n.t('Classes')} scores={rows[0]!.scores} />
      </>
    );
  }
  return (
    <>
      {notice}
      <Table
        label={l10n.t('Classes of {0} lines', rows.length)}
        columns={[
          { title: l10n.t('Line') },
          { title: l10n.t('Class') },
          { title: l10n.t('Score'), isNumber: true },
        ]}
        rows={rows.map(({ start, end, scores }) => {
          const best = scores[0]!;
          return {
            range: { sequence: 0, start, end },
            cells: [
              { text: texts[0]!.slice(start, end) },
              { text: best.label },
              { text: scoreText(best), sortBy: best.probability ?? best.logit },
            ],
          };
        })}
        {...{ point, reveal }}
        onExport={(table) => exportTable('classes', table)}
      />
    </>
  );
}
