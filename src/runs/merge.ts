import type { Series } from '../protocol/runs';

/** Puts parts of the same tag one behind the other, in the order given. */
export function mergeSeries(parts: Series[]): Series[] {
  return [...byTag(parts)].map(([tag, same]) => {
    if (same.length === 1) return same[0]!;
    const timed = same.some(({ wallTimes }) => wallTimes.length > 0);
    return {
      tag,
      steps: concatenate(same.map(({ steps }) => steps)),
      values: concatenate(same.map(({ values }) => values)),
      wallTimes: timed
        ? concatenate(
            same.map(({ steps, wallTimes }) =>
              wallTimes.length > 0 ? wallTimes : new Float64Array(steps.length).fill(NaN),
            ),
          )
        : new Float64Array(),
    };
  });
}

/** The points of several histories of one training, each step once: of the history that goes farthest (the longest of those), where it has it. */
export function unionSeries(parts: Series[]): Series[] {
  return [...byTag(parts)].map(([tag, same]) => {
    if (same.length === 1) return same[0]!;
    const [base, ...others] = same.sort(
      (a, b) => (b.steps.at(-1) ?? 0) - (a.steps.at(-1) ?? 0) || b.steps.length - a.steps.length,
    ) as [Series, ...Series[]];
    const known = new Set(base.steps);
    const added: [number, number][] = [];
    for (const { steps, values } of others)
      steps.forEach((step, index) => {
        if (known.has(step)) return;
        known.add(step);
        added.push([step, values[index]!]);
      });
    if (added.length === 0) return base;
    const points = [
      ...Array.from(base.steps, (step, index): [number, number] => [step, base.values[index]!]),
      ...added,
    ];
    points.sort((a, b) => a[0] - b[0]);
    return {
      tag,
      steps: Float64Array.from(points, ([step]) => step),
      values: Float64Array.from(points, ([, value]) => value),
      wallTimes: new Float64Array(),
    };
  });
}

/** Parts of several files, those of the same tag together. */
export function byTag<Part extends { tag: string }>(parts: Part[]): Map<string, Part[]> {
  const groups = new Map<string, Part[]>();
  for (const part of parts) {
    const group = groups.get(part.tag);
    if (group) group.push(part);
    else groups.set(part.tag, [part]);
  }
  return groups;
}

function concatenate(arrays: Float64Array[]): Float64Array {
  const all = new Float64Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const array of arrays) {
    all.set(array, at);
    at += array.length;
  }
  return all;
}
