import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import * as vscode from 'vscode';
import { RunsClient } from '../../../src/client/runsClient';
import type { HeadlightApi } from '../../../src/host/api';
import type { HostTask } from '../hostRun';
import { timed } from '../measurement';
import type { Pair } from '../statistics';

const rounds = 5;

/** Milliseconds that the view gets after an answer to fetch what it draws. */
const drawing = 1500;

/** The longest pauses of this process while attention is run and shown, and while it idles for as long. */
export async function pauses({ model, textFile }: HostTask): Promise<Pair[]> {
  const api = await vscode.extensions.getExtension<HeadlightApi>('headlight.headlight')!.activate();
  await vscode.commands.executeCommand('headlight.selectModel', model);
  const document = await vscode.workspace.openTextDocument(textFile);
  const text = document.getText();
  const editor = await vscode.window.showTextDocument(document);
  editor.selection = new vscode.Selection(document.positionAt(0), document.positionAt(text.length));
  const { tokens } = await api.attention(text);
  if (tokens.length !== 512) throw new Error(`The model read ${tokens.length} tokens.`);
  const leastRun = (await timed(() => api.attention(text))) / 3;
  await openView(leastRun);

  const pairs: Pair[] = [];
  for (let round = 0; round < rounds; round++) {
    const shown = await longestPause(async () => {
      await showAttention();
      await delay(drawing);
    });
    if (shown.milliseconds < drawing + leastRun) throw new Error('The view did not run the model.');
    const idle = await longestPause(() => delay(shown.milliseconds));
    pairs.push({ value: shown.longest, baseline: idle.longest });
  }
  return pairs;
}

/** The longest pauses of this process while a long log is opened as a run, and while it idles for as long. */
export async function logPauses({ logFile }: HostTask): Promise<Pair[]> {
  const extension = vscode.extensions.getExtension('headlight.headlight')!;
  await extension.activate();
  // The view says to nobody when it is drawn: what reading takes by itself tells how long to wait.
  const runs = new RunsClient(path.join(extension.extensionPath, 'dist/runs.js'));
  const reading = await timed(() => runs.request('read', { paths: [logFile!] }));
  await runs.dispose();
  const pairs: Pair[] = [];
  for (let round = 0; round < rounds; round++) {
    const shown = await longestPause(async () => {
      await vscode.commands.executeCommand('headlight.openRun', vscode.Uri.file(logFile!));
      await delay(2 * reading + drawing);
    });
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    const idle = await longestPause(() => delay(shown.milliseconds));
    pairs.push({ value: shown.longest, baseline: idle.longest });
  }
  return pairs;
}

const showAttention = (): Thenable<unknown> => vscode.commands.executeCommand('headlight.showAttention');

/** Opens the view and waits for its picture. Until it is there, the command answers sooner than any run. */
async function openView(leastRun: number): Promise<void> {
  for (const deadline = Date.now() + 30_000; Date.now() < deadline; await delay(drawing)) {
    if ((await timed(showAttention)) > leastRun) return delay(drawing);
  }
  throw new Error('The view did not open.');
}

/** The longest time between two turns of a timer that is due every millisecond, and how long the work took. */
async function longestPause(work: () => Promise<void>): Promise<{ longest: number; milliseconds: number }> {
  const start = performance.now();
  let longest = 0;
  let last = start;
  const timer = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
  }, 1);
  await work();
  clearInterval(timer);
  return { longest, milliseconds: performance.now() - start };
}
