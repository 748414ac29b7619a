import { expect, test } from './fixtures';

test('the list of models says what each can answer, and takes one', async ({ workbench }) => {
  await workbench.openFile('english.md');
  await workbench.useTheme('dark');
  await workbench.openModels();
  const row = workbench.quickInput.rows.filter({ hasText: /(?<!al)bert-tiny-en-zh/ });
  await expect(row).toContainText('masked words', { ignoreCase: true });
  await workbench.screenshot('select-model-dark');
  await row.click();
  await workbench.quickInput.untilClosed();
  await expect(workbench.page.locator('.part.statusbar')).toContainText('"bert-tiny-en-zh" now answers');
});
