/** What is checked of every window before its test ends: what webviews show is accessible, and nothing was refused. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults, RunOptions } from 'axe-core';
import { type Page, expect } from '@playwright/test';
import { visibleWebviews } from './webviewPage';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The rules of WCAG 2.2 at level AA, and those that axe recommends beside them. */
const options: RunOptions = {
  runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
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
    await frame.evaluate(axe);
    const { violations } = await frame.evaluate(
      (options) =>
        (globalThis as unknown as { axe: { run(o: RunOptions): Promise<AxeResults> } }).axe.run(options),
      options,
    );
    for (const { id, impact, help, nodes } of violations) {
      if (impact !== 'serious' && impact !== 'critical') continue;
      faults.push(...nodes.map(({ target, html }) => `${id} (${help}): ${target.join(' ')}: ${html}`));
    }
  }
  expect(faults, 'serious faults that axe finds').toEqual([]);
}
