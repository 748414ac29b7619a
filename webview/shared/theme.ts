import { useEffect, useState } from 'preact/hooks';

/** What a canvas needs of the editor's theme, as CSS colours. */
export interface Theme {
  kind: 'light' | 'dark' | 'highContrast' | 'highContrastLight';
  background: string;
  foreground: string;
  faint: string;
  focus: string;
  font: string;
  /** Colours that can be told apart, by the theme's own charts. */
  charts: string[];
}

const charts = ['blue', 'red', 'green', 'purple', 'yellow', 'orange'];

/** The editor's theme; a change of it draws anew. */
export function useTheme(): Theme {
  const [theme, setTheme] = useState(readTheme);
  useEffect(() => {
    const observer = new MutationObserver(() => setTheme(readTheme()));
    observer.observe(document.body, { attributes: true, attributeFilter: ['class'] });
    observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style'] });
    return () => observer.disconnect();
  }, []);
  return theme;
}

function readTheme(): Theme {
  const style = getComputedStyle(document.body);
  const { classList } = document.body;
  const colour = (name: string): string => style.getPropertyValue(name).trim() || style.color;
  return {
    kind: classList.contains('vscode-high-contrast-light')
      ? 'highContrastLight'
      : classList.contains('vscode-high-contrast')
        ? 'highContrast'
        : classList.contains('vscode-dark')
          ? 'dark'
          : 'light',
    background: colour('--view-background'),
    foreground: style.color,
    faint: colour('--faint'),
    focus: colour('--vscode-focusBorder'),
    font: style.fontFamily,
    charts: charts.map((name) => colour(`--vscode-charts-${name}`)),
  };
}
