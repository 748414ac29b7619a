/** Colours (without charts.orange, which high contrast does not have) by which labels are told apart, in views and editors alike; more labels share them. */
export const labelColours = ['blue', 'green', 'purple', 'red', 'yellow', 'foreground'] as const;

/** Each label once, in order of appearance: its place tells its colour. */
export function labelsOf(spans: readonly { label: string }[]): string[] {
  return [...new Set(spans.map(({ label }) => label))];
}
