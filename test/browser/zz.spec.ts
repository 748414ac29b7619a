import { test, expect } from './fixtures';
test.use({ language: 'zh-cn' });
test('zh', async ({ workbench }) => {
  await workbench.askCommand('Welcome: Open Walkthrough...');
  await workbench.quickInput.choose('看清', '用 Headlight 看清 Transformer 的内部');
  const { page } = workbench;
  await page.setViewportSize({ width: 1600, height: 900 });
  await workbench.useTheme('highContrast');
  const steps = page.locator('.gettingStartedContainer .getting-started-step');
  for (let i = 0; i < 5; i++) {
    await steps.nth(i).locator('.step-title').click();
    await page.waitForTimeout(1500);
    await workbench.screenshot(`walkthrough-${i + 1}-zh-hc`);
  }
  await steps.first().locator('.step-title').click();
  await page.getByRole('button', { name: '显示示例的词元' }).click();
  await workbench.webview((frame) => frame.getByRole('listbox'));
  await workbench.screenshot('walkthrough-sample-zh-hc');
  await workbench.runCommand('View: Close All Editors').catch(() => {});
  await workbench.openSidebar('Headlight');
  await page.waitForTimeout(3000);
  await workbench.screenshot('welcome-zh-hc');
});
