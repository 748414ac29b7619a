import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { getL10nJson } from '@vscode/l10n-dev';
import { describe, expect, it } from 'vitest';

const languages = ['zh-cn'];

function sources(folder: string): { extension: '.ts' | '.tsx'; contents: string }[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => ({
      extension: path.extname(name) as '.ts' | '.tsx',
      contents: readFileSync(path.join(folder, name), 'utf8'),
    }));
}

function json(file: string): Record<string, string> {
  return JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>;
}

const placeholders = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();

describe.each(languages)('translations into %s', (language) => {
  // It parses every source; other work on the machine must not fail it.
  it('has every message of the code, and none besides', { timeout: 120_000 }, async () => {
    const messages = Object.keys(await getL10nJson([...sources('src'), ...sources('webview')]));
    const bundle = `media/l10n/bundle.l10n.${language}.json`;
    expect(existsSync(bundle)).toBe(true);
    expect(Object.keys(json(bundle)).sort()).toEqual(messages.sort());
  });

  it('has every string of the manifest, and none besides', () => {
    const used = [...readFileSync('package.json', 'utf8').matchAll(/"%([^%"]+)%"/g)].map(([, key]) => key!);
    expect(Object.keys(json('package.nls.json')).sort()).toEqual([...new Set(used)].sort());
    expect(Object.keys(json(`package.nls.${language}.json`)).sort()).toEqual([...new Set(used)].sort());
  });

  it('keeps the placeholders of each message', () => {
    for (const [message, translation] of Object.entries(json(`media/l10n/bundle.l10n.${language}.json`))) {
      expect(new Set(placeholders(translation))).toEqual(new Set(placeholders(message)));
    }
  });
});
