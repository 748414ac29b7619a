/** Where a label stands: its left edge, and its row from the top, from 0. */
export interface LabelPlace {
  left: number;
  row: number;
}

/**
 * Rows for labels beside vertical lines, such that no two overlap: each in the first row that is free there. A label
 * that would stand out at the right is put to the left of its line.
 * @param labels where the lines are and how wide the labels are, in the unit of `right`, in any order.
 */
export function placeLabels(
  labels: { at: number; width: number }[],
  right: number,
  gap: number,
): LabelPlace[] {
  const places: LabelPlace[] = [];
  const taken: { from: number; to: number }[][] = [];
  for (const { at, width } of labels) {
    const left = at + gap + width > right ? at - gap - width : at + gap;
    const isFree = (row: { from: number; to: number }[]): boolean =>
      row.every(({ from, to }) => left >= to || left + width <= from);
    let row = taken.findIndex(isFree);
    if (row < 0) row = taken.push([]) - 1;
    taken[row]!.push({ from: left - gap, to: left + width + gap });
    places.push({ left, row });
  }
  return places;
}
