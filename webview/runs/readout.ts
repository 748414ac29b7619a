import * as l10n from '@vscode/l10n';
import { exactDigits, type XAxis } from '../../src/core/curves';
import { notFormula } from '../../src/core/csv';
import { upperBound } from '../../src/core/decimate';
import type { Curve } from './charts';

/** A point of a curve as it was logged. */
export interface LoggedPoint {
  x: number;
  value: number;
  smoothed: number | null;
  deviation: number | null;
}

/** The point of a curve at a place, or else the nearest that was logged: nothing between two points is made up. */
export function pointAt({ x, raw, smoothed, deviation }: Curve, place: number): LoggedPoint | null {
  if (x.length === 0) return null;
  // Of several points at one place the last, which is drawn; of two as near the earlier, which was known by then.
  const after = upperBound(x, place);
  const isEarlier = after > 0 && !(x[after]! - place < place - x[after - 1]!);
  const nearest = isEarlier ? after - 1 : upperBound(x, x[after]!) - 1;
  return {
    x: x[nearest]!,
    value: raw[nearest]!,
    smoothed: smoothed?.[nearest] ?? null,
    deviation: deviation?.[nearest] ?? null,
  };
}

/** A place on the x axis in words. */
export function placeText(place: number, axis: XAxis): string {
  return axis === 'wall' ? new Date(place * 1000).toLocaleString() : exactDigits(place);
}

/** A point in words: its value, and where it was logged when that is elsewhere. */
export function pointText(point: LoggedPoint, place: number, axis: XAxis): string {
  const spread = point.deviation === null ? '' : ` ± ${point.deviation.toPrecision(3)}`;
  // A mean is of our own making: no log has its digits.
  const digits = point.deviation === null ? exactDigits(point.value) : point.value.toPrecision(6);
  const value = digits + (point.smoothed === null ? spread : '');
  const smoothed =
    point.smoothed === null ? '' : ` (${l10n.t('smoothed {0}', point.smoothed.toPrecision(5))}${spread})`;
  const text = value + smoothed;
  return point.x === place ? text : l10n.t('{0} at {1}', text, placeText(point.x, axis));
}

/** The values of some curves at a place, as a table for a spreadsheet. */
export function readoutTable(curves: Curve[], place: number, axisName: string, axis: XAxis): string {
  const rows = curves.flatMap((curve) => {
    const point = pointAt(curve, place);
    if (!point) return [];
    const { x, value, smoothed, deviation } = point;
    return [
      [
        notFormula(curve.label.replace(/[\t\r\n]+/g, ' ')),
        placeText(x, axis),
        value,
        smoothed ?? '',
        deviation ?? '',
      ],
    ];
  });
  const names = [
    l10n.t('Curve'),
    axisName,
    l10n.t('Value'),
    l10n.t('Smoothed'),
    l10n.t('Standard deviation'),
  ];
  // Columns that nobody fills are left out.
  const filled = names.map((_, column) => column < 3 || rows.some((row) => row[column] !== ''));
  return [names, ...rows].map((row) => row.filter((_, column) => filled[column]).join('\t')).join('\n');
}
