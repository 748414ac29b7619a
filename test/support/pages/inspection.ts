/** What is checked of every window before its test ends: what webviews show is accessible, and nothing was refused. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { AxeResults, RunOptions } from 'axe-core';
import { type Page, expect } from '@playwright/test';
import { repositoryRoot } from '../paths';
import { visibleWebviews } from './webviewPage';

const axe = readFileSync(path.join(repositoryRoot, 'node_modules/axe-core/axe.min.js'), 'utf8');

/** The rules of WCAG 2.2 at level AA, and axe's own. */
const options: RunOptions = {
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  rules: {
    // VS Code's own buttons are smaller than what it asks for.
    'target-size': { enabled: false },
    // Experimental: a cell shows a column of numbers, its name says in words what each is.
    'label-content-name-mismatch': { enabled: false },
  },
};

/** Notes what a page's policy refused: an inline style or script, a source that is not allowed. */
export function refusals(page: Page): string[] {
  const refused: string[] = [];
  page.on('console', (message) => {
    if (/Content Security Policy/.test(message.text()))
      refused.push(`${message.location().url}: ${message.text()}`);
  });
  return refused;
}

/** Fails with each serious fault that axe finds in the webviews that are in sight, by its rule and element. */
export async function expectAccessible(page: Page): Promise<void> {
  const faults: string[] = [];
  for await (const frame of visibleWebviews(page)) {
    // The workbench paints what is behind a webview; axe sees the webview alone, and would take it for white.
    await frame.evaluate(() => {
      const { style } = document.documentElement;
      style.backgroundColor = getComputedStyle(document.documentElement).getPropertyValue(
        '--vscode-editor-background',
      );
    });
    await frame.evaluate(axe);
    const { violations } = await frame.evaluate(
      (options) =>
        (globalThis as unknown as { axe: { run(o: RunOptions): Promise<AxeResults> } }).axe.run(options),
      options,
    );
    for (const { id, impact, nodes } of violations) {
      if (impact !== 'serious' && impact !== 'critical') continue;
      faults.push(...nodes.map(({ failureSummary, html }) => `${id}: ${html}: ${failureSummary}`));
    }
  }
  expect(faults, 'serious faults that axe finds').toEqual([]);
}
