/** Every view by keyboard alone, and at 200 %: a window of half the width and height, as zooming in makes it. */
import { type Frame } from '@playwright/test';
import { visibleWebviews } from '../support/pages/webviewPage';
import { expect, test } from './fixtures';

const views: [command: string, marker: (frame: Frame) => ReturnType<Frame['locator']>][] = [
  ['Show Tokens', (frame) => frame.getByRole('listbox', { name: 'Tokens' })],
  ['Predict Masked Words', (frame) => frame.getByRole('heading', { name: '1 masked word' })],
  ['Mask Each Word in Turn', (frame) => frame.locator('.strip, [role=listbox]')],
  ['Explore Attention', (frame) => frame.getByRole('application')],
  ['Show Model', (frame) => frame.getByRole('heading', { level: 1 })],
  ['Walk Through the Forward Pass', (frame) => frame.getByRole('heading', { level: 1 })],
  ['Classify Text', (frame) => frame.getByRole('list', { name: 'Classes' })],
  ['Generate Text', (frame) => frame.getByRole('heading', { level: 1 })],
  ['Masking Workshop', (frame) => frame.getByRole('heading', { level: 1 })],
];

/** What a pointer can press in a document and no key can: neither it nor what holds it takes the focus. */
function outOfReach(): string[] {
  const pointed = (element: Element): boolean => getComputedStyle(element).cursor === 'pointer';
  // Of tabs, and of rows in a list, one takes the focus, and arrow keys go on from there.
  const composite = '[role=tablist], [role=listbox], [role=grid], [role=radiogroup], [role=toolbar]';
  const takesFocus = (element: Element): boolean =>
    (element as HTMLElement).tabIndex >= 0 ||
    element.closest('[tabindex="0"], label') !== null ||
    Boolean(element.closest(composite)?.querySelector('[tabindex="0"]'));
  return [...document.body.querySelectorAll('*')]
    .filter((element) => element.getClientRects().length > 0 && pointed(element))
    .filter((element) => !(element.parentElement && pointed(element.parentElement)))
    .filter((element) => !takesFocus(element))
    .map((element) => element.outerHTML.slice(0, 200));
}

/** By how many pixels a document is wider than its window. */
const excess = (): number => document.documentElement.scrollWidth - document.documentElement.clientWidth;

test('all that can be pressed can be reached by keys, and all that is shown fits at 200 %', async ({
  workbench,
}) => {
  test.setTimeout(240_000);
  const { page } = workbench;
  await workbench.openFile('english.md');
  await workbench.editor.clickText('I drink');
  for (const [command, marker] of views) {
    await workbench.runCommand(`Headlight: ${command}`);
    const view = await workbench.webview((frame) => marker(frame).first());
    expect(await view.frame.evaluate(outOfReach), command).toEqual([]);
  }
  await page.setViewportSize({ width: 640, height: 400 });
  await workbench.runCommand('View: Toggle Primary Side Bar Visibility');
  await workbench.runCommand('View: Toggle Maximize Editor Group');
  for (const [command] of views) {
    await workbench.runCommand(`Headlight: ${command}`);
    for await (const frame of visibleWebviews(page))
      expect(await frame.evaluate(excess), command).toBeLessThan(2);
    await workbench.screenshot(`zoom-${command.toLowerCase().replaceAll(' ', '-')}`);
  }
});
