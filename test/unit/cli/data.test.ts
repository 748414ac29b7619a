import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import type { FileResult, FileRow } from '../../../src/protocol/files';

/** Runs the built terminal front as a person would, who presses Ctrl+C at the first word of progress if asked to. */
function headlight(
  folder: string,
  args: string[],
  interrupt = false,
): Promise<{ code: number | null; output: string; errors: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [path.resolve('dist/cli.js'), ...args], { cwd: folder });
    let [output, errors] = ['', ''];
    child.stdout.on('data', (chunk) => (output += String(chunk)));
    child.stderr.on('data', (chunk) => {
      errors += String(chunk);
      if (interrupt && errors === String(chunk)) child.kill('SIGINT');
    });
    child.on('close', (code) => resolve({ code, output, errors }));
  });
}

const folderWith = (name: string, text: string): string => {
  const folder = mkdtempSync(path.join(tmpdir(), 'headlight-data-'));
  writeFileSync(path.join(folder, name), text);
  return folder;
};

it('masks a file, and says how much', async () => {
  const folder = folderWith('in.txt', 'The keeper counted ships.\n\n他喜欢北京。\n');
  const { code, output } = await headlight(folder, [
    ...['mask', 'in.txt', '--out', 'out.jsonl', '--json', '--epochs', '40', '--policy', 'word'],
  ]);
  expect(code).toBe(0);
  const result = JSON.parse(output) as { examples: number; masked: number; actions: Record<string, number> };
  expect(result.examples).toBe(80);
  const lines = readFileSync(path.join(folder, 'out.jsonl'), 'utf8').trimEnd().split('\n');
  const labels = lines.flatMap((line) => (JSON.parse(line) as { labels: number[] }).labels);
  expect(labels.filter((label) => label !== -100)).toHaveLength(result.masked);
  const { mask, random, keep } = result.actions;
  expect(mask! + random! + keep!).toBe(result.masked);
});

it('maps codes to words and back', async () => {
  const codes = '1\t12 7|,|12\r\n';
  const folder = folderWith('codes', codes);
  const mapping = ['--mapping', 'map.json'];
  expect((await headlight(folder, ['map', 'make', 'codes', '--out', 'map.json'])).code).toBe(0);
  const applied = await headlight(folder, ['map', 'apply', 'codes', ...mapping, '--out', 'words']);
  expect(applied.output).toContain('mapped     4 of 4 (100.0 %)');
  const reversed = await headlight(folder, ['map', 'reverse', 'words', ...mapping, '--out', 'back']);
  expect(reversed.output).toContain('restored   4 of 4 (100.0 %), 3 different codes');
  expect(readFileSync(path.join(folder, 'back'), 'utf8')).toBe(codes);
});

it('leaves nothing behind when it is interrupted', async () => {
  const folder = folderWith('in.txt', 'The keeper counted ships.\n'.repeat(2 ** 18));
  const { code, errors } = await headlight(folder, ['mask', 'in.txt', '--out', 'out.jsonl'], true);
  expect(code).toBe(1);
  expect(errors).toContain('Cancelled');
  expect(readdirSync(folder)).toEqual(['in.txt']);
});

it.each([
  [['mask', 'in.txt'], /--out/],
  [['mask', 'in.txt', '--out', 'o', '--rate', '100'], /--rate/],
  [['mask', 'in.txt', '--out', 'o', '--policy', 'x'], /--policy/],
  [['mask', 'in.txt', '--out', 'o', '--seed', '-1'], /--seed/],
  [['mask', '--out', 'o'], /one FILE/],
  [['map', 'in.txt', '--out', 'o'], /map make, apply or reverse/],
  [['map', 'apply', 'in.txt', '--out', 'o'], /--mapping/],
])('says what is wrong with %j', async (args, reason) => {
  const { code, errors } = await headlight(folderWith('in.txt', 'a'), args);
  expect(code).toBe(2);
  expect(errors).toMatch(reason);
});

it('asks about each row of a file; what Ctrl+C stops goes on where it ended', async () => {
  const lines = Array.from({ length: 20_000 }, (_, at) => `line ${at + 1}`);
  const folder = folderWith('in.txt', lines.join('\n'));
  const args = ['file', 'in.txt', '--ask', 'fill', '--out', 'out.jsonl', '--json'];
  expect(await headlight(folder, args, true)).toMatchObject({ code: 1, output: '' });
  expect(readdirSync(folder)).toHaveLength(2);
  expect(readdirSync(folder)).not.toContain('out.jsonl');
  const { code, output } = await headlight(folder, args);
  expect(code).toBe(0);
  const result = JSON.parse(output) as FileResult;
  expect(result).toMatchObject({ rows: 20_000, output: path.join(folder, 'out.jsonl') });
  expect(result.resumed).toBeGreaterThan(0);
  expect(readdirSync(folder).toSorted()).toEqual(['in.txt', 'out.jsonl']);
  const rows = readFileSync(result.output, 'utf8').trimEnd().split('\n');
  expect(rows.map((row) => (JSON.parse(row) as FileRow).text)).toEqual(lines);
  const wrong = await headlight(folder, ['file', 'in.txt', '--out', 'x', '--model', 'bert-tiny-en-zh']);
  expect(wrong.errors).toMatch(/no classification head.*The embedded model "bert-tiny-intent" can\./);
  // What every object has is no question.
  const unknown = await headlight(folder, ['file', 'in.txt', '--ask', 'constructor', '--out', 'x']);
  expect(unknown.code).toBe(2);
  expect(unknown.errors).toMatch(/--ask takes one of: classes, tags, fill, score\./);
  const noTask = await headlight(folder, ['mask', 'in.txt', '--pairs', 'constructor', '--out', 'x']);
  expect(noTask.errors).toMatch(/--pairs takes nsp or sop\./);
}, 60_000);
