/**
 * `npm run test:workbench`: runs test/workbench inside a real extension host: that of VS Code's desktop where it
 * can be had, else that of the server-hosted workbench.
 */
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runMain } from './commands';
import { extensionUnderTest, repositoryRoot, resultsFolder, sampleFolder } from './paths';
import { runSuite } from './suiteHosts';

const suite = path.join(repositoryRoot, 'out/test/workbench/index.js');
const resultFile = path.join(resultsFolder, 'workbench.json');

runMain(async () => {
  if (!existsSync(suite)) throw new Error(`${suite} is missing: run "node esbuild.mjs --tests" first.`);
  mkdirSync(resultsFolder, { recursive: true });
  rmSync(resultFile, { force: true });
  const scratch = mkdtempSync(path.join(tmpdir(), 'headlight-suite-'));
  const folder = path.join(scratch, 'sample');
  cpSync(sampleFolder(), folder, { recursive: true });
  const logFile = path.join(scratch, 'mocha.log');
  const stopPrinting = printAsItGrows(logFile);
  const env = { HEADLIGHT_SUITE_RESULT: resultFile, HEADLIGHT_SUITE_LOG: logFile };
  const run = { extension: extensionUnderTest, suite, folder, scratch, env };
  try {
    await runSuite(run);
  } catch (error) {
    // The result file decides; what the host reports only helps to understand why there is none.
    console.error(error instanceof Error ? error.message : error);
  } finally {
    stopPrinting();
    rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
  }
  return exitCode();
});

/** An extension host that died also ends with code 0: only the suite's own result proves a success. */
function exitCode(): number {
  if (!existsSync(resultFile)) {
    console.error(
      'The extension host ended before the suite did: it crashed, hung, or could not load the suite.',
    );
    return 1;
  }
  const { passed, failed } = JSON.parse(readFileSync(resultFile, 'utf8')) as {
    passed: number;
    failed: number;
  };
  return failed === 0 && passed > 0 ? 0 : 1;
}

/** Copies a growing file to our output; the returned function prints what is left and stops. */
function printAsItGrows(file: string): () => void {
  writeFileSync(file, '');
  let printed = 0;
  const print = (): void => {
    if (statSync(file).size === printed) return;
    const bytes = readFileSync(file);
    process.stdout.write(bytes.subarray(printed));
    printed = bytes.length;
  };
  const timer = setInterval(print, 200);
  return () => {
    clearInterval(timer);
    print();
  };
}
