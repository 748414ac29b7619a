import { expect, test } from './fixtures';
for (let round = 0; round < 2; round++)
  test('page objects ' + round, async ({ workbench: w, outsideRequests }) => {
    await w.openFile('masks.txt');
    expect(await w.editor.text()).toContain(
      'The man went to the [MASK] to buy milk.\nSecond line with 😀 an emoji and 中文文字 here.',
    );
    await w.editor.selectText('中文文字');
    await w.editor.select({ line: 1, column: 5 }, { line: 2, column: 8 });
    await w.editor.expectSelected(36 + 7);
    await w.editor.select({ line: 2, column: 18 }, { line: 2, column: 20 });
    console.log(await w.editor.selectionStatus.innerText());
    expect(await (await w.editor.hover('中文文字')).innerText()).toContain('Hover of 中文文字');
    expect(await (await w.editor.hover('[MASK]')).innerText()).toContain('Hover of [MASK]');
    await w.editor.selectText('[MASK]');
    await w.runCommand('Headlight: Show Tokens');
    const v = await w.webview((f) => f.getByRole('heading', { name: 'Tokens' }));
    await expect(v.locator('#sel')).toHaveText('[MASK]');
    await expect(w.tab('Tokens')).toBeVisible();
    await w.openSidebar('Headlight');
    await expect(w.treeItem('bert-zh')).toBeVisible();
    await w.openSidebar('Headlight');
    const side = await w.webview((f) => f.getByText('Side view'));
    expect(await side.text()).toContain('Side view');
    await w.runCommand('Headlight: Say Hello');
    await expect(w.notification('Hello from the fake')).toBeVisible();
    await w.chooseInNotification('Hello from the fake', 'Open');
    await expect(w.notification('Hello from the fake')).toBeHidden();
    for (const t of ['dark', 'highContrast', 'highContrastLight', 'light'] as const) {
      await w.useTheme(t);
      await w.screenshot('theme-' + t);
    }
    await w.openFile('masks.txt');
    await w.editor.selectAll();
    await w.editor.type('x');
    expect(await w.editor.text()).toBe('x');
    expect(outsideRequests).toEqual([]);
  });
