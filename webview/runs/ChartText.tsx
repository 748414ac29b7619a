import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import { exactDigits } from '../../src/core/curves';
import type { Curve } from './charts';
import { Fold } from './Fold';
import { xName, type Axes } from './plot';
import type { Range } from './range';
import { placeText } from './readout';

/** Rows of the table at most: the CSV has them all. */
const mostRows = 200;

interface ChartTextProps {
  curves: Curve[];
  axes: Axes;
  zoom: Range | null;
}

/** What a chart draws, in words and as a table. */
export function ChartText({ curves, axes, zoom }: ChartTextProps): JSX.Element {
  return (
    <Fold class="chart-text" title={l10n.t('As text')}>
      <ul>
        {curves.map((curve) => (
          <li key={curve.key}>{sentenceOf(curve, axes)}</li>
        ))}
      </ul>
      <Points {...{ curves, axes, zoom }} />
    </Fold>
  );
}

function sentenceOf({ label, x, raw }: Curve, axes: Axes): string {
  let [least, most] = [-1, -1];
  raw.forEach((value, index) => {
    if (!Number.isFinite(value)) return;
    if (least < 0 || value < raw[least]!) least = index;
    if (most < 0 || value > raw[most]!) most = index;
  });
  const place = (index: number): string => placeText(x[index]!, axes.x);
  const value = (index: number): string => exactDigits(raw[index]!);
  if (least < 0) return l10n.t('{0}: {1} points, none of them finite.', label, raw.length);
  const last = raw.length - 1;
  return l10n.t(
    '{0}: {1} points from {2} {3} to {4}; first {5}, last {6}; least {7} at {8}, most {9} at {10}.',
    label,
    raw.length,
    xName(axes.x),
    place(0),
    place(last),
    value(0),
    value(last),
    value(least),
    place(least),
    value(most),
    place(most),
  );
}

function Points({ curves, axes, zoom }: ChartTextProps): JSX.Element {
  const isInside = (place: number): boolean => !zoom || (place >= zoom.min && place <= zoom.max);
  const rows = curves.flatMap((curve) =>
    Array.from(curve.x, (place, index) => ({ place, index, curve })).filter(({ place }) => isInside(place)),
  );
  rows.sort((a, b) => a.place - b.place);
  return (
    <>
      <div class="runs-table" role="region" tabIndex={0} aria-label={l10n.t('Points')}>
        <table>
          <thead>
            <tr>
              <th scope="col">{xName(axes.x)}</th>
              <th scope="col">{l10n.t('Curve')}</th>
              <th scope="col">{l10n.t('Value')}</th>
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, mostRows).map(({ place, index, curve }) => (
              <tr key={`${curve.key} ${index}`}>
                <td>{placeText(place, axes.x)}</td>
                <td>{curve.label}</td>
                <td>{exactDigits(curve.raw[index]!)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {rows.length > mostRows && (
        <p class="faint">
          {l10n.t(
            'The first {0} of {1} points in sight. Zoom in for others; Export CSV has them all.',
            mostRows,
            rows.length,
          )}
        </p>
      )}
    </>
  );
}
