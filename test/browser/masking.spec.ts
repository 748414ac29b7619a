import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Theme } from '../support/pages/workbench';
import { expect, test } from './fixtures';

const themes: [Theme, string][] = [
  ['light', 'light'],
  ['dark', 'dark'],
  ['highContrast', 'high-contrast'],
  ['highContrastLight', 'high-contrast-light'],
];

/** What a person reads on the way, in both languages. */
const languages = {
  en: {
    file: 'english.md',
    text: 'The lighthouse',
    workshop: 'Masking Workshop',
    policies: ['Tokens', 'Whole words', 'N-grams', 'Entities'],
    fixed: 'Static: one pattern for all',
    exported: 'Export Selection…',
    commands: ['Make Mapping of Codes…', 'Apply Mapping of Codes…', 'Reverse Mapping of Codes…'],
    chance: 'By chance',
    covers: /covers 100\.0 % of the text, 3 of 3/,
  },
  'zh-cn': {
    file: '中文.md',
    text: '守塔人在早饭前',
    workshop: '掩码工坊',
    policies: ['词元', '整词', 'N-gram', '实体'],
    fixed: '静态：各轮同一模式',
    exported: '导出所选文本…',
    commands: ['建立代码映射…', '应用代码映射…', '还原代码映射…'],
    chance: '随机',
    covers: /映射覆盖文本的 100\.0 %，3 个不同代码中的 3 个/,
  },
};

for (const [language, says] of Object.entries(languages)) {
  test.describe(language, () => {
    test.use({ language });

    test('a text is masked, exported, and codes become words and codes again', async ({ workbench }) => {
      test.setTimeout(180_000);
      await workbench.page.setViewportSize({ width: 1600, height: 1000 });
      await workbench.openFile(says.file);
      await workbench.editor.clickText(says.text);
      await workbench.runCommand(`Headlight: ${says.workshop}`);
      const view = await workbench.webview((frame) => frame.getByRole('heading', { name: says.workshop }));
      const rows = (policy: string): Promise<string[]> =>
        view.getByRole('region', { name: policy, exact: true }).getByRole('listitem').allInnerTexts();
      for (const policy of says.policies) expect(await rows(policy)).toHaveLength(3);
      // What is masked, and the loss, is another in each epoch; of static masking it is the same.
      const withoutEpoch = (texts: string[]): Set<string> =>
        new Set(texts.map((text) => text.replace(/\d+/, '')));
      expect(withoutEpoch(await rows(says.policies[0]!)).size).toBeGreaterThan(1);
      for (const [theme, suffix] of themes) {
        await workbench.useTheme(theme);
        await workbench.screenshot(`masking-${language}-${suffix}`);
      }
      await view.getByRole('tab', { name: says.fixed }).click();
      expect(withoutEpoch(await rows(says.policies[0]!)).size).toBe(1);

      const output = path.join(workbench.folder, 'masked.jsonl');
      await view.getByRole('button', { name: says.exported }).click();
      await workbench.quickInput.giveFile(output);
      await expect.poll(() => existsSync(output)).toBe(true);
      const example = JSON.parse(readFileSync(output, 'utf8').split('\n')[0]!) as Record<string, number[]>;
      expect(Object.keys(example)).toEqual(['input_ids', 'token_type_ids', 'attention_mask', 'labels']);

      // De-identified text, there and back.
      const inFolder = (name: string): string => path.join(workbench.folder, name);
      writeFileSync(inFolder('codes.txt'), '17 4\t17|,|300\r\n\r\n4');
      const [make, apply, reverse] = says.commands as [string, string, string];
      await workbench.askCommand(`Headlight: ${make}`);
      await workbench.quickInput.giveFile(inFolder('codes.txt'));
      await workbench.quickInput.row(says.chance).click();
      await expect(workbench.quickInput.input).toHaveValue('1');
      await workbench.page.keyboard.press('Enter');
      await workbench.quickInput.giveFile(inFolder('mapping.json'));
      await expect(workbench.page.getByRole('alert').filter({ hasText: says.covers })).toBeAttached();
      for (const [command, input, written] of [
        [apply, 'codes.txt', 'words.txt'],
        [reverse, 'words.txt', 'back.txt'],
      ] as const) {
        await workbench.askCommand(`Headlight: ${command}`);
        await workbench.quickInput.giveFile(inFolder(input));
        await workbench.quickInput.giveFile(inFolder('mapping.json'));
        await workbench.quickInput.giveFile(inFolder(written));
        await expect.poll(() => existsSync(inFolder(written))).toBe(true);
      }
      expect(readFileSync(inFolder('words.txt'), 'utf8')).toMatch(
        /^\p{L}+ \p{L}+\t\p{L}+\|,\|\p{L}+\r\n\r\n\p{L}+$/u,
      );
      expect(readFileSync(inFolder('back.txt'))).toEqual(readFileSync(inFolder('codes.txt')));
      await workbench.screenshot(`mapping-${language}`);
    });
  });
}
