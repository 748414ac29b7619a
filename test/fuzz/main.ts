/**
 * `npm run fuzz [-- --seconds 60] [-- --seed 1] [-- --only onnx,messages]`: searches for inputs that break a reader,
 * within a budget of seconds in all. Each file of this folder that searches is a process of its own.
 */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { run, runMain } from '../support/commands';

/** Seconds beyond its budget after which a search counts as hanging. */
const grace = 90;

const shared = ['main', 'search', 'engine'];

runMain(async () => {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '60' },
      seed: { type: 'string', default: String(Date.now() % 2 ** 30) },
      only: { type: 'string' },
    },
  });
  const all = readdirSync(__dirname)
    .map((file) => path.basename(file, '.ts'))
    .filter((name) => !shared.includes(name));
  const chosen = values.only?.split(',') ?? all;
  const unknown = chosen.filter((name) => !all.includes(name));
  if (unknown.length > 0) throw new Error(`No search ${unknown.join(', ')}; there are ${all.join(', ')}.`);
  const seconds = Number(values.seconds) / chosen.length;
  if (!(seconds >= 1)) throw new Error(`--seconds takes ${chosen.length} at least.`);
  console.log(`seed ${values.seed}, ${seconds.toFixed(0)} seconds each`);
  let found = 0;
  for (const name of chosen) {
    const file = path.join(__dirname, `${name}.ts`);
    const args = ['--import', 'tsx', file, '--seconds', String(seconds), '--seed', values.seed];
    const code = await run(process.execPath, args, { timeout: (seconds + grace) * 1000 });
    if (code === 0) continue;
    found++;
    console.error(`${name} found something, or hung: exit code ${code}.`);
  }
  return found === 0 ? 0 : 1;
});
