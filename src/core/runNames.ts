import type { Run } from '../protocol/runs';

/**
 * Names that tell runs apart: where two have the same, as much of their paths before it as they differ by, and the
 * format where the paths are the same.
 */
export function distinctNames(runs: Pick<Run, 'name' | 'path' | 'format'>[]): string[] {
  const names = runs.map(({ name }) => name);
  const folders = runs.map(({ path, name }) => path.split(/[/\\]/).slice(0, -name.split(/[/\\]/).length));
  for (let same = repeated(names); same.length > 0; same = repeated(names)) {
    let longer = 0;
    for (const index of same) {
      const folder = folders[index]!.pop();
      if (!folder) continue;
      names[index] = `${folder}/${names[index]!}`;
      longer++;
    }
    if (longer === 0) {
      for (const index of same) names[index] = `${names[index]!} (${runs[index]!.format})`;
      break;
    }
  }
  return names;
}

/** The indices of names that are there more than once. */
function repeated(names: string[]): number[] {
  return [...names.keys()].filter(
    (index) => names.indexOf(names[index]!) !== names.lastIndexOf(names[index]!),
  );
}
