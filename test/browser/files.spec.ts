import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { FileRow } from '../../src/protocol/files';
import type { Theme } from '../support/pages/workbench';
import { expect, test } from './fixtures';

const themes: [Theme, string][] = [
  ['dark', 'dark'],
  ['highContrast', 'high-contrast'],
  ['highContrastLight', 'high-contrast-light'],
  ['light', 'light'],
];

/** What a person reads on the way, in both languages. */
const languages = {
  en: {
    compare: 'Compare Models on the Text…',
    masked: 'Masked words',
    classes: 'Classes',
    tokens: '0 of 8 stretches of text are cut differently.',
    file: 'Ask About Each Row of a File…',
    class: 'Its class',
    fill: 'The words in place of its masks',
    column: 'The column that is read',
    filter: 'Filter',
    count: (matching: number, total: number) => `${matching} of ${total} rows`,
    goOn: 'Go On',
    cancel: 'Cancel',
    save: 'Save as CSV…',
    why: 'Why?',
    classify: 'Classify Text',
    without: 'Without',
    heads: 'each attention head',
  },
  'zh-cn': {
    compare: '在文本上比较模型…',
    masked: '掩码词',
    classes: '类别',
    tokens: '8 段文本中有 0 段切分不同。',
    file: '逐行询问文件…',
    class: '它的类别',
    fill: '其掩码处的词',
    column: '读取的列',
    filter: '筛选',
    count: (matching: number, total: number) => `${matching} 行，共 ${total} 行`,
    goOn: '继续',
    cancel: '取消',
    save: '另存为 CSV…',
    why: '为什么？',
    classify: '文本分类',
    without: '去掉',
    heads: '每个注意力头',
  },
};

for (const [language, says] of Object.entries(languages)) {
  test.describe(language, () => {
    test.use({ language });

    test('two models are compared, and each row of a file is asked', async ({ workbench }) => {
      test.setTimeout(240_000);
      await workbench.page.setViewportSize({ width: 1600, height: 1000 });
      const inFolder = (name: string): string => path.join(workbench.folder, name);
      writeFileSync(inFolder('masked.txt'), 'play some [MASK] by miles davis');
      await workbench.openFile('masked.txt');
      await workbench.editor.clickText('play some');
      await workbench.askCommand(`Headlight: ${says.compare}`);
      const { quickInput } = workbench;
      await quickInput.row('bert-tiny-en-zh').click();
      await expect(quickInput.row('bert-tiny-en-zh')).toHaveCount(0);
      await quickInput.row('bert-tiny-intent').click();
      const compared = await workbench.webview((frame) => frame.getByRole('region', { name: says.masked }));
      await expect(compared.getByText(says.tokens)).toBeVisible();
      const masked = compared.getByRole('region', { name: says.masked });
      await expect(masked.locator('tbody tr')).toHaveCount(10);
      // The fine-tuned model has lost that head, and says so; of classes it is the base that has none.
      await expect(masked.locator('.notice')).toContainText('bert-tiny-intent');
      await expect(compared.getByRole('region', { name: says.classes }).locator('.notice')).toContainText(
        'bert-tiny-en-zh',
      );
      for (const [theme, name] of themes) {
        await workbench.useTheme(theme);
        await workbench.screenshot(`compare-models-${language}-${name}`);
      }

      // Which heads the class rests on.
      await workbench.page.keyboard.press('Control+1');
      await workbench.editor.clickText('play some');
      await workbench.runCommand(`Headlight: ${says.classify}`);
      const judged = await workbench.webview((frame) => frame.getByText(says.why));
      await judged.getByText(says.why).click();
      await judged.getByRole('combobox', { name: says.without }).click();
      await judged.getByRole('option', { name: says.heads }).click();
      await expect(judged.locator('table.heads button')).toHaveCount(16);
      await workbench.screenshot(`why-heads-${language}`);

      // A column of a table.
      const texts = ['play jazz, please', 'will it rain "tomorrow"?', '', '今天天气怎么样？'];
      const cells = texts.map((text, id) => `${id},"${text.replaceAll('"', '""')}"`);
      writeFileSync(inFolder('rows.csv'), ['id,text', ...cells].join('\r\n'));
      await workbench.askCommand(`Headlight: ${says.file}`);
      await quickInput.giveFile(inFolder('rows.csv'));
      await quickInput.row(says.class).click();
      await expect(quickInput.input).toHaveAttribute('placeholder', says.column);
      await quickInput.row('text').click();
      const output = inFolder('rows.classes.jsonl');
      await quickInput.giveFile(output);
      await expect.poll(() => existsSync(output)).toBe(true);
      const written = readFileSync(output, 'utf8').trim().split('\n');
      const rows = written.map((line) => JSON.parse(line) as FileRow);
      expect(rows.map(({ text }) => text)).toEqual(texts);
      const view = await workbench.webview((frame) => frame.getByRole('heading', { name: /rows\.csv/ }));
      const shown = view.locator('.rows tbody tr:not([aria-hidden])');
      await expect(shown.locator('td:nth-child(3)')).toHaveText(
        rows.map(({ result, problem }) => problem ?? result),
      );
      await view.getByRole('searchbox', { name: says.filter }).fill('RAIN');
      await expect(view.getByText(says.count(1, 4))).toBeVisible();
      await expect(shown).toHaveCount(1);
      await view.getByRole('button', { name: says.save }).click();
      await quickInput.giveFile(inFolder('rain.csv'));
      await expect.poll(() => existsSync(inFolder('rain.csv'))).toBe(true);
      expect(readFileSync(inFolder('rain.csv'), 'utf8')).toContain('"will it rain ""tomorrow""?"');
      await view.getByRole('searchbox', { name: says.filter }).fill('');
      await expect(shown).toHaveCount(4);
      for (const [theme, name] of themes) {
        await workbench.useTheme(theme);
        await workbench.screenshot(`files-${language}-${name}`);
      }

      // Twenty thousand lines: cancelled, and gone on with after a reload of the window. It takes a while, so once.
      if (language !== 'en') return;
      const lines = 20_000;
      writeFileSync(
        inFolder('long.txt'),
        Array.from({ length: lines }, (_, at) => `[MASK] is line ${at + 1}`).join('\n'),
      );
      await workbench.askCommand(`Headlight: ${says.file}`);
      await quickInput.giveFile(inFolder('long.txt'));
      await quickInput.row(says.fill).click();
      const long = inFolder('long.fill.jsonl');
      await quickInput.giveFile(long);
      const many = await workbench.webview((frame) => frame.getByRole('heading', { name: /long\.txt/ }));
      // Rows are on show while others are still answered.
      await expect(many.getByText(/^[1-9]\d* of [1-9]\d* rows$/)).toBeVisible();
      await many.getByRole('button', { name: says.cancel, exact: true }).click();
      await expect(many.getByRole('button', { name: says.goOn })).toBeVisible();
      expect(existsSync(long)).toBe(false);
      const part = readdirSync(workbench.folder).find((name) => name.startsWith('.long.fill.jsonl.'));
      const begun = statSync(inFolder(part!)).ino;
      await workbench.screenshot(`files-cancelled-${language}`);
      await workbench.untilKept('headlight.files');
      await workbench.reload();
      const again = await workbench.webview((frame) => frame.getByRole('heading', { name: /long\.txt/ }));
      await again.getByRole('button', { name: says.goOn }).click();
      await expect(again.getByText(says.count(lines, lines))).toBeVisible({ timeout: 150_000 });
      // It is the same file, gone on with.
      expect(statSync(long).ino).toBe(begun);
      expect(readdirSync(workbench.folder).filter((name) => name.endsWith('.part'))).toEqual([]);
      const table = again.locator('.rows');
      await table.evaluate((element) => element.scrollTo(0, element.scrollHeight));
      await expect(again.getByRole('button', { name: `[MASK] is line ${lines}`, exact: true })).toBeVisible();
      expect(await again.locator('.rows tbody tr').count()).toBeLessThan(150);
      await workbench.screenshot(`files-long-${language}`);
    });
  });
}
