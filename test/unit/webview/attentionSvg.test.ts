import { describe, expect, it } from 'vitest';
import { everyToken } from '../../../src/core/attention/units';
import { axesOf } from '../../../webview/attention/axes';
import { linesSvg, matrixSvg } from '../../../webview/attention/svg';
import type { Theme } from '../../../webview/shared/theme';
import { tokensOf } from '../core/attention/tokens';

const theme: Theme = {
  ...{ kind: 'light', background: '#fff', foreground: '#111', faint: '#777', focus: '#00f' },
  ...{ font: '"Segoe UI", sans-serif', charts: ['#1a5', '#c33'] },
};
const tokens = tokensOf('<b> & "c"');
const axes = axesOf({ queries: tokens, keys: tokens }, [''], everyToken);

describe('pictures as SVG', () => {
  it('have a line for each weight, with its tokens and its number', () => {
    const lines = [
      { query: 0, key: 1, weight: 0.25, head: 0 },
      { query: 2, key: 2, weight: 1, head: 1 },
    ];
    const text = linesSvg(axes, lines, theme.charts, theme);
    expect(text.match(/<path /g)).toHaveLength(2);
    expect(text).toContain('stroke="#c33" stroke-width="4.75" stroke-opacity="1"');
    expect(text).toContain('<title>&#60;b&#62; → &#38; 0.250000</title>');
    // Names from a text are text, whatever they look like.
    expect(text).not.toContain('<b>');
    expect(text).toContain('font-family="&#34;Segoe UI&#34;, sans-serif"');
  });

  it('have a matrix with a label for each row and column', () => {
    const text = matrixSvg(axes, 'data:image/png;base64,AA', theme);
    expect(text.match(/<text /g)).toHaveLength(6);
    expect(text).toContain('href="data:image/png;base64,AA"');
  });
});
