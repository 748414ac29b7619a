/** `npm test [-- --only unit,browser]`: every check there is, a table, and the line `N passed, N failed`. */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { run, runMain } from './commands';
import { repositoryRoot, resultsFolder } from './paths';

interface Count {
  passed: number;
  failed: number;
  skipped: number;
}

interface Suite {
  name: string;
  commands: string[][];
  /** The suites that make what it runs. */
  needs?: string[];
  /** Report that the commands write, read for its counts; without one the suite is a single check. */
  report?: { file: string; count: (report: unknown) => Count };
}

/** More than any suite takes, so that one that hangs cannot hold up the others for long. */
const limit = 40 * 60_000;

const report = (name: string): string => path.join(resultsFolder, name);

const suites: Suite[] = [
  { name: 'lint', commands: [['npm', 'run', '--silent', 'lint']] },
  { name: 'types', commands: [['npm', 'run', '--silent', 'types']] },
  {
    name: 'build',
    commands: [
      ['node', 'esbuild.mjs'],
      ['node', 'esbuild.mjs', '--tests'],
    ],
  },
  {
    name: 'unit',
    needs: ['build'],
    commands: [
      [
        'npx',
        'vitest',
        'run',
        '--reporter=dot',
        '--reporter=json',
        `--outputFile.json=${report('unit.json')}`,
      ],
    ],
    report: { file: report('unit.json'), count: countVitest },
  },
  {
    name: 'workbench',
    needs: ['build'],
    commands: [['node', '--import', 'tsx', 'test/support/workbenchSuite.ts']],
    report: { file: report('workbench.json'), count: countMocha },
  },
  { name: 'package', needs: ['build'], commands: [['node', '.ci/package.mjs']] },
  {
    name: 'browser',
    needs: ['build', 'package'],
    commands: [['node', 'node_modules/@playwright/test/cli.js', 'test', '--reporter=list,json']],
    report: { file: report('browser.json'), count: countPlaywright },
  },
];

runMain(async () => {
  const { values } = parseArgs({ options: { only: { type: 'string' } } });
  const chosen = chooseSuites(values.only?.split(','));
  const rows: (Count & { name: string; seconds: number })[] = [];
  for (const suite of chosen) {
    console.log(`\n== ${suite.name}`);
    const start = Date.now();
    const count = await runSuite(suite);
    rows.push({ name: suite.name, ...count, seconds: Math.round((Date.now() - start) / 1000) });
  }
  console.log();
  console.table(Object.fromEntries(rows.map(({ name, ...row }) => [name, row])));
  const total = (key: keyof Count): number => rows.reduce((sum, row) => sum + row[key], 0);
  const skipped = total('skipped') > 0 ? `, ${total('skipped')} skipped` : '';
  console.log(`${total('passed')} passed, ${total('failed')} failed${skipped}`);
  return total('failed') === 0 && total('passed') > 0 ? 0 : 1;
});

/** The named suites, in their order, with those that they need; all without names. */
function chooseSuites(names: string[] | undefined): Suite[] {
  if (!names) return suites;
  const unknown = names.filter((name) => !suites.some((suite) => suite.name === name));
  if (unknown.length > 0) {
    throw new Error(
      `No suite ${unknown.join(', ')}; there are ${suites.map(({ name }) => name).join(', ')}.`,
    );
  }
  const needed = suites.flatMap(({ name, needs = [] }) => (names.includes(name) ? [name, ...needs] : []));
  return suites.filter(({ name }) => needed.includes(name));
}

/** A suite that ends badly without a failure in its report, or that ran no test, counts as one failure. */
async function runSuite({ commands, report }: Suite): Promise<Count> {
  mkdirSync(resultsFolder, { recursive: true });
  if (report) rmSync(report.file, { force: true });
  let code = 0;
  for (const [program, ...args] of commands) {
    const env = { ...process.env, PLAYWRIGHT_JSON_OUTPUT_NAME: report?.file };
    code ||= await run(program!, args, { cwd: repositoryRoot, env, timeout: limit });
  }
  if (!report) return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
  const count = existsSync(report.file)
    ? report.count(JSON.parse(readFileSync(report.file, 'utf8')))
    : { passed: 0, failed: 0, skipped: 0 };
  const unsaid = count.failed === 0 && (code !== 0 || count.passed === 0);
  return unsaid ? { ...count, failed: 1 } : count;
}

function countVitest(report: unknown): Count {
  const { numPassedTests, numFailedTests, numPendingTests } = report as Record<string, number>;
  return { passed: numPassedTests!, failed: numFailedTests!, skipped: numPendingTests! };
}

function countMocha(report: unknown): Count {
  const { passed, failed, skipped } = report as Count;
  return { passed, failed, skipped };
}

function countPlaywright(report: unknown): Count {
  const { stats } = report as { stats: Record<'expected' | 'unexpected' | 'flaky' | 'skipped', number> };
  if (stats.flaky > 0) console.warn(`${stats.flaky} browser tests passed only when they were repeated.`);
  return { passed: stats.expected + stats.flaky, failed: stats.unexpected, skipped: stats.skipped };
}
