import type { Theme } from '../shared/theme';

/** The theme's own colours of charts, far apart first. */
const names = ['blue', 'orange', 'green', 'red', 'purple', 'yellow'];

/** The colour of a run, as CSS, from the editor's theme. */
export function runColour(run: number, theme: Theme): string {
  const style = getComputedStyle(document.documentElement);
  return style.getPropertyValue(`--vscode-charts-${names[run % names.length]!}`).trim() || theme.foreground;
}
