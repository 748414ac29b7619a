/** The two extension hosts that can run a suite. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { chromium } from '@playwright/test';
import { downloadAndUnzipVSCode, runTests } from '@vscode/test-electron';
import { chromiumFlags, ensureChromium } from './chromium';
import { untilTerminated } from './commands';
import { findDesktopExecutable } from './desktop';
import { ServerWorkbench } from './serverWorkbench';
import { quietSettings } from './settings';

const usualLimitMinutes = 5;

export interface SuiteRun {
  /** The extension under test. */
  extension: string;
  /** The bundled runner. */
  suite: string;
  /** The folder to open. */
  folder: string;
  /** For files of this run only. */
  scratch: string;
  /** Environment variables for the extension host. */
  env: Record<string, string>;
  /** After which it counts as hanging; 5 when absent. */
  limitMinutes?: number;
}

/** Runs the suite in VS Code's desktop where it can be had, else in the server-hosted workbench. */
export async function runSuite(run: SuiteRun): Promise<void> {
  const desktop = await desktopExecutable();
  console.error(`Starting ${desktop ?? 'the server-hosted workbench'} …`);
  await (desktop ? runInDesktop(desktop, run) : runInServer(run));
}

/** `HEADLIGHT_DOWNLOAD_VSCODE` is 1 for the newest VS Code, or the version to test on. */
async function desktopExecutable(): Promise<string | undefined> {
  const download = process.env.HEADLIGHT_DOWNLOAD_VSCODE;
  if (download) return downloadAndUnzipVSCode(download === '1' ? 'stable' : download);
  return findDesktopExecutable();
}

/** Runs the suite in the desktop application. */
async function runInDesktop(executable: string, run: SuiteRun): Promise<void> {
  const userData = path.join(run.scratch, 'user-data');
  const settings = { ...quietSettings, 'security.workspace.trust.enabled': false };
  mkdirSync(path.join(userData, 'User'), { recursive: true });
  writeFileSync(path.join(userData, 'User/settings.json'), JSON.stringify(settings));
  const tests = runTests({
    vscodeExecutablePath: executable,
    extensionDevelopmentPath: run.extension,
    extensionTestsPath: run.suite,
    extensionTestsEnv: run.env,
    launchArgs: [run.folder, '--disable-extensions', `--user-data-dir=${userData}`],
  });
  try {
    await withinLimit(tests, run);
  } catch (error) {
    // test-electron gives no handle on the application; pressing Ctrl+C twice is its way to kill it.
    if (error instanceof LimitExceeded) for (let n = 0; n < 2; n++) process.emit('SIGINT', 'SIGINT');
    throw error;
  }
}

/** Runs the suite in the server-hosted workbench, with a headless Chromium as its window. */
async function runInServer(run: SuiteRun): Promise<void> {
  const executablePath = await ensureChromium();
  const terminated = untilTerminated();
  const server = await ServerWorkbench.start({ testDriver: true, env: run.env });
  const browser = await chromium.launch({ executablePath, args: chromiumFlags });
  try {
    const page = await browser.newPage();
    const ended = new Promise<void>((resolve, reject) => {
      page.once('crash', () => reject(new Error('The workbench window crashed.')));
      // The workbench calls this when the suite has ended, and also when the extension host has.
      page.exposeFunction('codeAutomationExit', () => resolve()).catch(reject);
    });
    const url = server.url(run.folder, [
      ['extensionDevelopmentPath', server.remoteUri(run.extension)],
      ['extensionTestsPath', server.remoteUri(run.suite)],
      ['enableProposedApi', ''],
    ]);
    await withinLimit(Promise.race([page.goto(url).then(() => ended), terminated]), run);
  } finally {
    await browser.close();
    await server.stop();
  }
}

class LimitExceeded extends Error {}

/** Gives up on a suite that hangs. */
async function withinLimit(
  work: Promise<unknown>,
  { limitMinutes = usualLimitMinutes }: SuiteRun,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    const error = new LimitExceeded(`The suite was still running after ${limitMinutes} minutes.`);
    timer = setTimeout(() => reject(error), limitMinutes * 60_000);
  });
  try {
    await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
