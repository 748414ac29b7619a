/** What every browser test gets: one server for all of them, and a fresh window on a fresh sample for each. */
import { cpSync, mkdtempSync } from 'node:fs';
import path from 'node:path';
import { test as base, expect } from '@playwright/test';
import { chromiumFlags, ensureChineseFont, ensureChromium } from '../support/chromium';
import { expectAccessible, refusals } from '../support/pages/inspection';
import { Workbench } from '../support/pages/workbench';
import { packagedExtension, sampleFolder } from '../support/paths';
import { ServerWorkbench } from '../support/serverWorkbench';
import type { Settings } from '../support/settings';

export { expect } from '@playwright/test';

interface TestFixtures {
  /** User settings beside the usual ones: `test.use({ settings: { … } })`. */
  settings: Settings;
  /** The display language: `test.use({ language: 'zh-cn' })`. Only Headlight speaks it, without VS Code's language pack. */
  language: string;
  /** An open window on a copy of the sample. */
  workbench: Workbench;
  /** Requests of the window to anywhere but this machine; they are blocked. */
  outsideRequests: string[];
}

interface WorkerFixtures {
  server: ServerWorkbench;
}

/** The first start may have to install the browser and the server. */
const installTimeout = 5 * 60_000;

export const test = base.extend<TestFixtures, WorkerFixtures>({
  settings: [{}, { option: true }],
  language: ['en', { option: true }],

  launchOptions: [
    async ({}, use) => {
      await ensureChineseFont();
      await use({ executablePath: await ensureChromium(), args: chromiumFlags });
    },
    { scope: 'worker', timeout: installTimeout },
  ],

  server: [
    async ({}, use) => {
      // Each test closes its window; its extension host need not wait for it to come back.
      const server = await ServerWorkbench.start({
        extensions: [packagedExtension()],
        reconnectionSeconds: 1,
      });
      await use(server);
      await server.stop();
    },
    { scope: 'worker', timeout: installTimeout },
  ],

  outsideRequests: async ({ context }, use) => {
    const requests: string[] = [];
    await context.route(isOutside, (route) => {
      requests.push(route.request().url());
      return route.abort();
    });
    // Only noted: routing sockets would put a stand-in under the workbench's own, which loses messages now and then.
    context.on('page', (page) => {
      page.on('websocket', (socket) => isOutside(new URL(socket.url())) && requests.push(socket.url()));
    });
    await use(requests);
  },

  // Depends on outsideRequests so that every window is shut off from the outside.
  workbench: async ({ page, server, settings, language, outsideRequests }, use, testInfo) => {
    // A folder of its own for each test: the host of the window before may still be watching the last one.
    const folder = path.join(mkdtempSync(path.join(server.scratch, 'window-')), 'sample');
    cpSync(sampleFolder(), folder, { recursive: true });
    server.changeSettings(settings);
    if (language !== 'en') {
      // What the file of a language pack would say.
      await page.addInitScript((name) => Object.assign(globalThis, { _VSCODE_NLS_LANGUAGE: name }), language);
    }
    const workbench = new Workbench(page, server, folder);
    const refused = refusals(page);
    await workbench.open();
    await use(workbench);
    if (testInfo.status !== testInfo.expectedStatus) return;
    await expectAccessible(page);
    expect(refused, 'what a content security policy refused').toEqual([]);
    expect(outsideRequests, 'requests to the outside').toEqual([]);
  },
});

function isOutside(url: URL): boolean {
  return /^(https?|wss?):$/.test(url.protocol) && !['127.0.0.1', 'localhost'].includes(url.hostname);
}
