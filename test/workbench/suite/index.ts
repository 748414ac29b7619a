/** Runs the suite inside the extension host: VS Code calls `run`. */
import { appendFileSync, writeFileSync } from 'node:fs';
import { format } from 'node:util';

/** Loads every test file; they register their tests with mocha as they load. */
async function loadTests(): Promise<void> {
  await import('./activation.test');
  await import('./api.test');
  await import('./commands.test');
  await import('./hover.test');
  await import('./completion.test');
  await import('./engineDeath.test');
}

/** What the process that opened VS Code reads when the suite is done. */
interface SuiteResult {
  passed: number;
  failed: number;
  skipped: number;
  failures: { title: string; message: string }[];
}

/** Rejects when a test fails; the counts go to the file that `HEADLIGHT_SUITE_RESULT` names. */
export async function run(): Promise<void> {
  const result = await runMocha().catch((error: unknown) => {
    print(error);
    throw error;
  });
  const file = process.env.HEADLIGHT_SUITE_RESULT;
  if (file) writeFileSync(file, JSON.stringify(result, null, 2));
  if (result.failed > 0) throw new Error(`${result.failed} of the suite's tests failed`);
}

async function runMocha(): Promise<SuiteResult> {
  const { default: Mocha } = await import('mocha');
  Mocha.reporters.Base.consoleLog = print;
  const mocha = new Mocha({ ui: 'bdd', reporter: 'spec', timeout: 20_000 });
  // Gives the test files `describe` and `it`, as mocha's own loader would.
  mocha.suite.emit('pre-require', globalThis, '', mocha);
  await loadTests();

  const result: SuiteResult = { passed: 0, failed: 0, skipped: 0, failures: [] };
  await new Promise<void>((resolve) => {
    const runner = mocha.run(() => resolve());
    runner.on('pass', () => result.passed++);
    runner.on('pending', () => result.skipped++);
    runner.on('fail', (test, error: Error) => {
      result.failed++;
      result.failures.push({ title: test.fullTitle(), message: error.message });
    });
  });
  return result;
}

/** Prints to a file: in a server-hosted workbench nobody sees the extension host's console. */
function print(...args: unknown[]): void {
  const file = process.env.HEADLIGHT_SUITE_LOG;
  if (file) appendFileSync(file, `${format(...args)}\n`);
  else console.log(...args);
}
