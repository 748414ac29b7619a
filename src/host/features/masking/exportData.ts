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
    await withProgress(title, async (signal, report) => {
      for (const job of jobs) {
        let before = 0;
        const onProgress = ({ message, fraction = 0 }: { message: string; fraction?: number }): void => {
          report(message, (fraction - before) / jobs.length);
          before = fraction;
        };
        const question = { ...wanted, ...job, model };
        results.push(await services.engine.request('maskFile', question, { signal, onProgress }));
      }
    });
    void sayDone(results);
  } catch (thrown) {
    await sayError(services, title, thrown);
  }
}

type Job = Pick<MaskFileQuestion, 'source' | 'output'>;

async function textToMask(title: string, text: string): Promise<Job[]> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
  const output = await pickOutput(title, path.join(folder, 'masked.jsonl'));
  return output === undefined ? [] : [{ source: { text }, output }];
}

async function filesToMask(title: string): Promise<Job[]> {
  const files = (await pickFiles(title)) ?? [];
  const [only] = files;
  if (files.length !== 1 || only === undefined) {
    return files.map((file) => ({ source: { file }, output: beside(file, 'masked.jsonl') }));
  }
  const output = await pickOutput(title, beside(only, 'masked.jsonl'));
  return output === undefined ? [] : [{ source: { file: only }, output }];
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
