import { expect, test } from './fixtures';

test('a newcomer finds the commands, and a walkthrough from a sample text to a model of their own', async ({
  workbench,
  outsideRequests,
}) => {
  await expect(workbench.sidebar).toContainText('sample', { ignoreCase: true });
  const titles = await workbench.commandsFor('Headlight');
  expect(titles.filter((title) => title.startsWith('Headlight: '))).not.toEqual([]);

  await workbench.openSidebar('Headlight');
  const sample = await workbench.webview((frame) => frame.getByRole('button', { name: 'Open Sample Text' }));
  await expect(sample.getByText('Open a text file')).toBeVisible();

  await workbench.askCommand('Welcome: Open Walkthrough...');
  const { page, quickInput } = workbench;
  const title = 'See Inside a Transformer';
  await quickInput.typeUntil(title, quickInput.row(title));
  // Its tooltip may lie where a click would go.
  await page.keyboard.press('Enter');
  const steps = page.locator('.gettingStartedContainer .getting-started-step');
  const headings = [
    'A Text as the Model Reads It',
    'What It Expects in a Gap',
    'Where Its Heads Look',
    'Your Own Model',
  ];
  await expect(steps.locator('.step-title')).toHaveText(headings);
  // Wide enough for the pictures beside the steps.
  await page.setViewportSize({ width: 1600, height: 900 });
  for (const theme of ['light', 'dark'] as const) {
    await workbench.useTheme(theme);
    for (const [index, heading] of headings.entries()) {
      await steps.filter({ hasText: heading }).locator('.step-title').click();
      await expect(steps.nth(index)).toHaveClass(/\bexpanded\b/);
      const picture = page
        .frameLocator('.gettingStartedContainer iframe')
        .frameLocator('iframe#active-frame')
        .locator('svg, table');
      await expect(picture.first()).toBeVisible();
      await workbench.screenshot(`walkthrough-${index + 1}-${theme}`);
    }
  }

  await steps.first().locator('.step-title').click();
  await page.getByRole('button', { name: 'Show Tokens of a Sample' }).click();
  const tokens = await workbench.webview((frame) => frame.getByRole('listbox', { name: 'Tokens' }));
  await expect(tokens.getByRole('option', { name: '[MASK]' })).toHaveCount(1);
  await workbench.tab(/Welcome|Walkthrough/).click();
  await expect(steps.first().locator('.codicon-getting-started-step-checked')).toBeVisible();
  await steps.last().locator('.step-title').click();
  await page.getByRole('button', { name: 'Add Model' }).click();
  await expect(quickInput.rows.filter({ hasText: 'From a hub, by its name…' })).toBeVisible();
  await quickInput.cancel();
  expect(outsideRequests).toEqual([]);
});
