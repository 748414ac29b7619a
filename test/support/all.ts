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
  /** Report that the commands write, read for its counts; without one the suite is a single check. */
  report?: { file: string; count: (report: unknown) => Count };
}

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
    commands: [['npx', 'tsx', 'test/support/workbenchSuite.ts']],
    report: { file: report('workbench.json'), count: countMocha },
  },
  {
    name: 'browser',
    commands: [['npx', 'playwright', 'test', '--reporter=list,json']],
    report: { file: report('browser.json'), count: countPlaywright },
  },
];

runMain(async () => {
  const { values } = parseArgs({ options: { only: { type: 'string' } } });
  const chosen = values.only?.split(',');
  const rows: (Count & { name: string; seconds: number })[] = [];
  for (const suite of suites.filter(({ name }) => !chosen || chosen.includes(name))) {
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

/** A suite that ends badly without a failure in its report, or that ran no test, counts as one failure. */
async function runSuite({ commands, report }: Suite): Promise<Count> {
  mkdirSync(resultsFolder, { recursive: true });
  if (report) rmSync(report.file, { force: true });
  let code = 0;
  for (const [program, ...args] of commands) {
    const env = { ...process.env, PLAYWRIGHT_JSON_OUTPUT_NAME: report?.file };
    code ||= await run(program!, args, { cwd: repositoryRoot, env });
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
  return { skipped: 0, ...(report as Omit<Count, 'skipped'>) };
}

function countPlaywright(report: unknown): Count {
  const { stats } = report as { stats: Record<'expected' | 'unexpected' | 'flaky' | 'skipped', number> };
  return { passed: stats.expected + stats.flaky, failed: stats.unexpected, skipped: stats.skipped };
}
