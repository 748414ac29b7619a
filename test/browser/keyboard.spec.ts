/** Every view by keyboard alone, and at 200 %: a window of half the width and height, as zooming in makes it. */
import type { Frame } from '@playwright/test';
import type { Workbench } from '../support/pages/workbench';
import { expect, test } from './fixtures';

/** Views of a sentence, by the command that opens each and the title of its tab. */
const views: [command: string, tab: string][] = [
  ['Show Tokens', 'Tokens'],
  ['Predict Masked Words', 'Masked Words'],
  ['Mask Each Word in Turn', 'Surprising Words'],
  ['Explore Attention', 'Attention Explorer'],
  ['Show Model', 'Model'],
  ['Walk Through the Forward Pass', 'Forward Pass'],
  ['Classify Text', 'Classes'],
  ['Generate Text', 'Generated Text'],
  ['Masking Workshop', 'Masking Workshop'],
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

/** Opens a view, and waits until it is the one on show and has its result. */
async function open(workbench: Workbench, [command, tab]: (typeof views)[number]): Promise<Frame> {
  await workbench.runCommand(`Headlight: ${command}`);
  await expect(
    workbench.page.getByRole('tab', { name: new RegExp(`^${tab}(,|$)`), selected: true }),
  ).toBeVisible();
  const view = await workbench.webview((frame) => frame.locator('main[aria-busy=false]'));
  return view.frame;
}

test('all that can be pressed can be reached by keys, and all that is shown fits at 200 %', async ({
  workbench,
}) => {
  test.setTimeout(240_000);
  await workbench.openFile('english.md');
  await workbench.editor.clickText('I drink');
  const unreached: Record<string, string[]> = {};
  for (const view of views) unreached[view[1]] = await (await open(workbench, view)).evaluate(outOfReach);
  expect(unreached).toEqual(Object.fromEntries(views.map(([, tab]) => [tab, []])));

  await workbench.runCommand('View: Toggle Primary Side Bar Visibility');
  await workbench.page.setViewportSize({ width: 640, height: 400 });
  const tooWide: [string, number][] = [];
  for (const view of views) {
    const pixels = await (await open(workbench, view)).evaluate(excess);
    if (pixels > 1) tooWide.push([view[1], pixels]);
    await workbench.screenshot(`zoom-${view[1].toLowerCase().replaceAll(' ', '-')}`);
  }
  expect(tooWide).toEqual([]);
});
