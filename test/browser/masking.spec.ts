import { existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Theme, Workbench } from '../support/pages/workbench';
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
    putBack: /100\.0 % of the text became codes again, 3 different ones/,
    counting: 'Counting…',
    walkthrough: 'Make Training Data',
    steps: [
      'The Stages of Pre-Training',
      'Further on the Domain',
      "Further on the Task's Text",
      'De-Identified Text',
    ],
  },
  'zh-cn': {
    file: '中文.md',
    text: '守塔人在早饭前',
    workshop: '掩码工坊',
    policies: ['词元', '整词', 'N-gram', '实体'],
    fixed: '静态：各轮同一模式',
    exported: '导出所选文本…',
    commands: ['建立编码映射…', '应用编码映射…', '还原编码映射…'],
    chance: '随机',
    covers: /映射覆盖文本的 100\.0 %，3 个不同编码中的 3 个/,
    putBack: /文本的 100\.0 % 还原为编码，共 3 个不同的编码/,
    counting: '正在计数…',
    walkthrough: '制作训练数据',
    steps: ['预训练的各个阶段', '领域继续预训练', '任务文本继续预训练', '脱敏文本'],
  },
};

/** Takes the seed that is proposed. A box that has only just opened hears no key. */
async function takeSeed({ quickInput: { input } }: Workbench): Promise<void> {
  await expect(input).toHaveValue('1');
  await expect(async () => {
    if ((await input.inputValue({ timeout: 1_000 })) === '1') await input.press('Enter');
    await expect(input).toHaveValue(/\//, { timeout: 3_000 });
  }).toPass({ timeout: 20_000 });
}

for (const [language, says] of Object.entries(languages)) {
  test.describe(language, () => {
    test.use({ language });

    test('a text is masked, exported, and codes become words and codes again', async ({ workbench }) => {
      test.setTimeout(180_000);
      await workbench.page.setViewportSize({ width: 1600, height: 1000 });
      // The page of the walkthrough stands beside its steps where there is room for it.
      await workbench.runCommand('View: Close Primary Side Bar');
      await workbench.askCommand('Welcome: Open Walkthrough...');
      await workbench.quickInput.rows.filter({ hasText: says.walkthrough }).click();
      await workbench.webview((frame) => frame.getByRole('heading', { name: says.steps[0]! }));
      for (const step of says.steps) {
        await expect(workbench.page.getByText(step, { exact: true }).first()).toBeVisible();
      }
      for (const [theme, suffix] of themes) {
        await workbench.useTheme(theme);
        await workbench.screenshot(`walkthrough-${language}-${suffix}`);
      }

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
      await takeSeed(workbench);
      await workbench.quickInput.giveFile(inFolder('mapping.json'));
      await expect(workbench.page.getByRole('alert').filter({ hasText: says.covers })).toBeAttached();
      for (const [command, input, written, said] of [
        [apply, 'codes.txt', 'words.txt', says.covers],
        [reverse, 'words.txt', 'back.txt', says.putBack],
      ] as const) {
        await workbench.askCommand(`Headlight: ${command}`);
        await workbench.quickInput.giveFile(inFolder(input));
        await workbench.quickInput.giveFile(inFolder('mapping.json'));
        await workbench.quickInput.giveFile(inFolder(written));
        await expect.poll(() => existsSync(inFolder(written))).toBe(true);
        await expect(workbench.page.getByRole('alert').filter({ hasText: said }).last()).toBeAttached();
      }
      expect(readFileSync(inFolder('words.txt'), 'utf8')).toMatch(
        /^\p{L}+ \p{L}+\t\p{L}+\|,\|\p{L}+\r\n\r\n\p{L}+$/u,
      );
      expect(readFileSync(inFolder('back.txt'))).toEqual(readFileSync(inFolder('codes.txt')));
      await workbench.screenshot(`mapping-${language}`);

      // A file that is never through, as it has no code in so many bytes that take no room on the disk.
      writeFileSync(inFolder('long.txt'), '');
      truncateSync(inFolder('long.txt'), 2 ** 38);
      await workbench.runCommand('Notifications: Clear All Notifications');
      await workbench.askCommand(`Headlight: ${make}`);
      await workbench.quickInput.giveFile(inFolder('long.txt'));
      await workbench.quickInput.row(says.chance).click();
      await takeSeed(workbench);
      await workbench.quickInput.giveFile(inFolder('long.json'));
      await expect(workbench.notification(says.counting)).toBeVisible();
      await workbench.screenshot(`mapping-progress-${language}`);
      await workbench.notification(says.counting).getByRole('button', { name: 'Cancel' }).click();
      await expect(workbench.notification(says.counting)).toBeHidden();
    });
  });
}
