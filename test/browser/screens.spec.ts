/** Every view in all four kinds of theme, for a short and a long text, in English and Chinese: pictures to look at. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Theme, Workbench } from '../support/pages/workbench';
import { expect, test } from './fixtures';

const themes: [Theme, string][] = [
  ['light', 'light'],
  ['dark', 'dark'],
  ['highContrast', 'high-contrast'],
  ['highContrastLight', 'high-contrast-light'],
];

const english = 'Every morning the old keeper climbed the stairs and counted the ships. ';
const chinese = '每天早上，老人都会走上楼，看一看海上的船。';

/** Texts by the name of their pictures, each with a mask; 12 and about 200 tokens. */
const texts: [string, string][] = [
  ['english-12', 'I drink a hot cup of [MASK] every morning.'],
  ['english-200', `${english.repeat(12)}Then he drank a cup of [MASK] and went to bed.`],
  ['chinese-12', '我今天很[MASK]，想去公园。'],
  ['chinese-200', `${chinese.repeat(9)}然后他喝了一杯[MASK]。`],
];

async function open(workbench: Workbench, name: string, text: string): Promise<void> {
  writeFileSync(path.join(workbench.folder, `${name}.md`), text);
  // Prose is wrapped, so that all of it shows.
  await workbench.changeSettings({ 'editor.wordWrap': 'on' });
  await workbench.openFile(`${name}.md`);
}

async function inEachTheme(workbench: Workbench, take: (suffix: string) => Promise<void>): Promise<void> {
  for (const [theme, suffix] of themes) {
    await workbench.useTheme(theme);
    await take(suffix);
  }
}

for (const [name, text] of texts) {
  test(`pictures of every view, ${name}`, async ({ workbench }) => {
    await open(workbench, name, text);
    await workbench.runCommand('Headlight: Show Tokens');
    await workbench.runCommand('Headlight: Show Attention');
    await workbench.webview((frame) => frame.getByRole('listbox', { name: 'Tokens' }));
    const attention = await workbench.webview((frame) => frame.getByRole('application'));
    await attention.getByRole('gridcell', { name: 'Layer 2, head 2', exact: true }).click();
    await attention.getByRole('application').hover({ position: { x: 160, y: 160 } });
    await expect(attention.locator('#weight strong')).toHaveText(/^(\d\.\d{6}|\d\.\d\de-\d+)$/);
    await inEachTheme(workbench, async (suffix) => {
      await workbench.screenshot(`screens/tokens-attention-${name}-${suffix}`);
    });

    await workbench.runCommand('Headlight: Predict Masked Words');
    await workbench.webview((frame) => frame.getByRole('heading', { name: '1 masked word' }));
    await inEachTheme(workbench, async (suffix) => {
      const hover = await workbench.editor.hover('[MASK]');
      await expect(hover.getByRole('row')).toHaveCount(6);
      await workbench.screenshot(`screens/predictions-hover-${name}-${suffix}`);
    });
  });
}
