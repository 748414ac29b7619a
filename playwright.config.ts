import { defineConfig } from '@playwright/test';

/** The browser itself is chosen in test/browser/fixtures.ts. */
export default defineConfig({
  testDir: 'test/browser',
  outputDir: 'test-results/browser',
  // All tests share one workbench server.
  workers: 1,
  retries: 0,
  forbidOnly: Boolean(process.env.CI),
  // Long enough for a machine that does much else: what fails by them hangs.
  timeout: 180_000,
  globalTimeout: 40 * 60_000,
  expect: { timeout: 30_000 },
  reporter: 'list',
  use: {
    viewport: { width: 1280, height: 800 },
    actionTimeout: 30_000,
    navigationTimeout: 60_000,
    screenshot: 'only-on-failure',
    // A trace takes a third of the time: "--trace on" makes one.
    trace: 'off',
  },
});
