/** `npm run soak [-- --count 10000]`: whether memory stays flat over many inspections in a real extension host. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { runMain } from '../support/commands';
import { repositoryRoot } from '../support/paths';
import { runSuite } from '../support/suiteHosts';
import { flat, memoryChange, type MemorySample, type SoakResult, type SoakTask } from './memory';

const looks = 100;

runMain(async () => {
  const { values } = parseArgs({ options: { count: { type: 'string', default: '10000' } } });
  const inspections = Number(values.count);
  if (!Number.isSafeInteger(inspections) || inspections < looks) {
    throw new Error(`--count takes a number of inspections, ${looks} at least.`);
  }
  const samples = await soak(inspections);
  console.log(`${samples.at(-1)!.inspections} inspections`);
  let grown = false;
  for (const [name, of] of [
    ['extension host', 'hostBytes'],
    ['engine', 'engineBytes'],
  ] as const) {
    const { beforeBytes, afterBytes, growth } = memoryChange(samples, of);
    grown ||= growth > flat;
    const [before, after] = [beforeBytes, afterBytes].map((bytes) => `${(bytes / 1e6).toFixed(1)} MB`);
    const share = `${growth < 0 ? '' : '+'}${(growth * 100).toFixed(1)} %`;
    console.log(`${name}: ${before} in the second quarter, ${after} in the last: ${share}`);
  }
  return grown ? 1 : 0;
});

async function soak(inspections: number): Promise<MemorySample[]> {
  const scratch = mkdtempSync(path.join(tmpdir(), 'headlight-soak-'));
  const folder = path.join(scratch, 'workspace');
  const task: SoakTask = { inspections, samples: looks, resultFile: path.join(scratch, 'result.json') };
  mkdirSync(path.join(folder, '.vscode'), { recursive: true });
  // What is kept between questions is full early: the rest of the run shows whether it stays within its bounds.
  const settings = { 'headlight.engine.memoryLimitMegabytes': 768, 'headlight.engine.threads': 1 };
  writeFileSync(path.join(folder, '.vscode/settings.json'), JSON.stringify(settings));
  try {
    await runSuite({
      extension: repositoryRoot,
      suite: path.join(repositoryRoot, 'out/test/soak/host.js'),
      folder,
      scratch,
      env: { HEADLIGHT_SOAK_TASK: JSON.stringify(task) },
      limitMinutes: 5 + inspections / 200,
    });
    if (!existsSync(task.resultFile)) throw new Error('The extension host ended without a result.');
    const result = JSON.parse(readFileSync(task.resultFile, 'utf8')) as SoakResult;
    if ('error' in result) throw new Error(result.error);
    return result.samples;
  } finally {
    rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
  }
}
