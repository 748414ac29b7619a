/** Colours by which labels are told apart, in views and editors alike; more labels share them. */
export const labelColours = ['blue', 'green', 'orange', 'purple', 'red', 'yellow'] as const;

/** Each label once, in order of appearance: its place tells its colour. */
export function labelsOf(spans: readonly { label: string }[]): string[] {
  return [...new Set(spans.map(({ label }) => label))];
}
