/** The browser that shows the server-hosted workbench. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chromium } from '@playwright/test';
import { canInstallByApt, findOnPath, mustRun, run } from './commands';

/** Nothing on the side: no sandbox (we are often root in a container), no GPU, no background requests. */
export const chromiumFlags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The path of a Chromium: one that is there, or else one that is installed now. */
export async function ensureChromium(): Promise<string> {
  const found = findChromium();
  if (found) return found;
  if (canInstallByApt()) await aptInstall('chromium');
  else await run('npx', ['playwright', 'install', 'chromium'], { output: 2 });
  const installed = findChromium();
  if (installed) return installed;
  throw new Error('No Chromium: install chromium or Google Chrome, or set CHROMIUM_PATH to its executable.');
}

/** Chinese text must show as characters in screenshots and not as boxes; where we cannot help that, we go on. */
export async function ensureChineseFont(): Promise<void> {
  const list = spawnSync('fc-list', [':lang=zh'], { encoding: 'utf8' });
  if (!list.stdout?.trim() && canInstallByApt()) await aptInstall('fonts-noto-cjk');
}

function findChromium(): string | undefined {
  const named = process.env.CHROMIUM_PATH;
  if (named) {
    if (!existsSync(named)) throw new Error(`CHROMIUM_PATH names no file: ${named}`);
    return named;
  }
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    const found = findOnPath(name);
    if (found) return found;
  }
  return existsSync(chromium.executablePath()) ? chromium.executablePath() : undefined;
}

async function aptInstall(name: string): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await mustRun('apt-get', ['update', '-qq'], { env });
  await mustRun('apt-get', ['install', '-y', '-qq', '--no-install-recommends', name], { env });
}
