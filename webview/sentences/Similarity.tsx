import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { Pooling } from '../../src/protocol/sentences';
import type { PictureProps } from './SentencesView';

/** Above so many lines numbers do not fit into the cells; they are in the line below the matrices. */
const mostNumbered = 4;

/** The cosines of all lines with each other, by four vectors side by side. */
export function Similarity({ result, texts, point }: PictureProps<'similarity'>): JSX.Element {
  const { lines, matrices } = result;
  const [pointed, setPointed] = useState<{ row: number; column: number } | null>(null);
  const textOf = (line: number): string => {
    const { sequence, start, end } = lines[line]!;
    return texts[sequence]!.slice(start, end);
  };
  const show = (place: { row: number; column: number } | null): void => {
    setPointed(place);
    point(place ? lines[place.row]! : null);
  };
  return (
    <>
      <p class="faint">
        {l10n.t(
          'Colours go from cosine 0 to 1 in all four. Where all lines look alike, the vectors tell little. None of these was trained to compare sentences: see which follows the shared words best.',
        )}
      </p>
      <div class="matrices">
        {matrices.map(({ pooling, values, mean, correlation }) => (
          <figure key={pooling} class="card">
            <figcaption>
              <h2>{nameOf(pooling)}</h2>
              <span class="faint">
                {l10n.t('mean of different lines {0}', mean.toFixed(3))}
                {' · '}
                {correlation === null
                  ? l10n.t('too few lines for a correlation with shared words')
                  : l10n.t('rank correlation with shared words {0}', correlation.toFixed(2))}
              </span>
            </figcaption>
            <table class="matrix" aria-label={nameOf(pooling)} onMouseLeave={() => show(null)}>
              <tbody>
                {lines.map((_, row) => (
                  <tr key={row}>
                    <th scope="row">{row + 1}</th>
                    {lines.map((__, column) => {
                      const value = values[row * lines.length + column]!;
                      const isPointed = pointed?.row === row && pointed.column === column;
                      return (
                        <td
                          key={column}
                          class={isPointed ? 'pointed' : undefined}
                          title={value.toFixed(4)}
                          style={{ '--part': `${Math.max(0, value) * 100}%` }}
                          onMouseEnter={() => show({ row, column })}
                        >
                          <span class={lines.length > mostNumbered ? 'hidden-number' : undefined}>
                            {value.toFixed(2)}
                          </span>
                        </td>
                      );
                    })}
                  </tr>
                ))}
              </tbody>
            </table>
          </figure>
        ))}
      </div>
      <ol class="lines">
        {lines.map((line, index) => (
          <li
            key={index}
            class={pointed && [pointed.row, pointed.column].includes(index) ? 'pointed' : undefined}
            onMouseEnter={() => point(line)}
            onMouseLeave={() => point(null)}
          >
            {textOf(index)}
          </li>
        ))}
      </ol>
    </>
  );
}

function nameOf(pooling: Pooling): string {
  switch (pooling) {
    case 'cls':
      return l10n.t('First token of the last layer, [CLS]');
    case 'mean':
      return l10n.t('Mean of the last layer');
    case 'max':
      return l10n.t('Maximum of the last layer');
    case 'embeddings':
      return l10n.t('Mean of the token embeddings');
  }
}
