import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import type { ShownRun } from '../../src/protocol/views';
import { Fold } from './Fold';
import { HistogramFigure } from './HistogramFigure';

/** What a run logged beside its curves: texts, histograms over steps, and which images there are. */
export function Extras({ run }: { run: ShownRun }): JSX.Element {
  const { name, texts, histograms, images } = run;
  return (
    <>
      {texts.map(({ tag, text }, index) => (
        <Fold key={index} title={`${name}: ${tag}`}>
          <pre class="mono">{text}</pre>
        </Fold>
      ))}
      {histograms.length > 0 && (
        <Fold title={l10n.t('{0}: histograms ({1})', name, histograms.length)}>
          <div class="charts">
            {histograms.map((each) => (
              <HistogramFigure key={each.tag} histograms={each} />
            ))}
          </div>
        </Fold>
      )}
      {images.length > 0 && (
        <Fold title={l10n.t('{0}: images ({1})', name, images.length)}>
          <ul>
            {images.map(({ tag, steps }) => (
              <li key={tag}>
                {l10n.t('{0}: from step {2} to {3}, {1} in all', tag, steps.length, steps[0]!, steps.at(-1)!)}
              </li>
            ))}
          </ul>
          <p class="faint">{l10n.t('Headlight lists images and does not draw them.')}</p>
        </Fold>
      )}
    </>
  );
}
