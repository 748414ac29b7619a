import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { percent } from '../../../core/percent';
import type { MaskFileQuestion, MaskFileResult } from '../../../protocol/masking';
import { beside, pickFiles, pickOutput } from '../../services/pickFiles';
import { sayError } from '../../services/sayError';
import type { Services } from '../../services/services';
import { withProgress } from '../../services/withProgress';

/**
 * Writes training data of a text, or of files that a person picks, where the person says: of several files, one
 * beside each.
 */
export async function exportData(
  services: Services,
  wanted: Omit<MaskFileQuestion, 'model' | 'source' | 'output'>,
  text: string | null,
): Promise<void> {
  const title = vscode.l10n.t('Export Training Data');
  const jobs = text === null ? await filesToMask(title) : await textToMask(title, text);
  if (jobs.length === 0) return;
  try {
    const model = await services.models.current('maskedWords');
    const results: MaskFileResult[] = [];
    const failed: unknown[] = [];
    await withProgress(title, async (signal, report) => {
      for (const job of jobs) {
        let before = 0;
        const onProgress = ({ message, fraction = 0 }: { message: string; fraction?: number }): void => {
          report(message, (fraction - before) / jobs.length);
          before = fraction;
        };
        const question = { ...wanted, ...job, model };
        try {
          results.push(await services.engine.request('maskFile', question, { signal, onProgress }));
        } catch (thrown) {
          if (signal.aborted) throw thrown;
          failed.push(thrown); // The other files are none the worse.
        }
      }
    });
    if (results.length > 0) void sayDone(results);
    for (const thrown of failed) void sayError(services, title, thrown);
  } catch (thrown) {
    await sayError(services, title, thrown);
  }
}

type Job = Pick<MaskFileQuestion, 'source' | 'output'>;

async function textToMask(title: string, text: string): Promise<Job[]> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? homedir();
  const output = await pickOutput(title, path.join(folder, 'masked.jsonl'));
  return output === undefined ? [] : [{ source: { text }, output }];
}

async function filesToMask(title: string): Promise<Job[]> {
  const files = (await pickFiles(title)) ?? [];
  const [only] = files;
  if (files.length !== 1 || only === undefined) {
    // The whole name of each: two may differ in their endings alone.
    const jobs = files.map((file) => ({ source: { file }, output: `${file}.masked.jsonl` }));
    return (await mayReplace(jobs.map(({ output }) => output))) ? jobs : [];
  }
  const output = await pickOutput(title, beside(only, 'masked.jsonl'));
  return output === undefined ? [] : [{ source: { file: only }, output }];
}

/** Whether a person lets those of some files go that are there. */
async function mayReplace(outputs: string[]): Promise<boolean> {
  const there = outputs.filter((file) => existsSync(file)).map((file) => path.basename(file));
  if (there.length === 0) return true;
  const replace = vscode.l10n.t('Replace');
  const message = vscode.l10n.t('Replace the files that are there: {0}?', there.join(', '));
  return (await vscode.window.showWarningMessage(message, { modal: true }, replace)) === replace;
}

async function sayDone(results: MaskFileResult[]): Promise<void> {
  const sum = (of: (result: MaskFileResult) => number): number =>
    results.reduce((all, each) => all + of(each), 0);
  const masked = percent(
    sum((each) => each.masked) /
      Math.max(
        1,
        sum((each) => each.maskable),
      ),
  );
  const message = vscode.l10n.t(
    '{0} examples written to {1}; {2} of the tokens are masked.',
    sum((each) => each.examples),
    results.map(({ output }) => path.basename(output)).join(', '),
    masked,
  );
  const open = vscode.l10n.t('Open');
  if ((await vscode.window.showInformationMessage(message, open)) !== open) return;
  await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(results[0]!.output));
}
