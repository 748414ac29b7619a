/** What every search for inputs that nobody thought of shares: a budget, a seed, and what is kept of a find. */
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { runMain } from '../support/commands';
import type { Below } from '../support/damagedFolder';
import { resultsFolder } from '../support/paths';
import { randomNumbers } from '../unit/onnx/hostileFiles';

/** One input, and what has to hold of it. */
export interface Case {
  /** Throws where it does not hold. @returns how it ended, for the count of endings. */
  check: () => string | Promise<string>;
  /** The input as bytes, or the folder that it lies in. */
  input: Uint8Array | string;
}

/** Each case may take so many seconds; more counts as a hang. */
const caseSeconds = 30;

/**
 * Tries cases until the budget is spent (`--seconds`, `--seed`). The first that fails is kept in
 * `test-results/fuzz`, and ends the search with code 1.
 * @param cases makes the case of an index: the same for the same seed.
 */
export function search(
  name: string,
  cases: (index: number, below: Below) => Case,
  end = async () => {},
): void {
  runMain(async () => {
    const { values } = parseArgs({
      options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string', default: '1' } },
    });
    const random = randomNumbers(Number(values.seed));
    const below: Below = (limit) => Math.floor(random() * limit);
    const deadline = performance.now() + Number(values.seconds) * 1000;
    const endings: Record<string, number> = {};
    let index = 0;
    for (; performance.now() < deadline; index++) {
      const { check, input } = cases(index, below);
      // What a search that hangs is ended over.
      keep(name, 'last', input);
      try {
        const ending = await withinTime(check);
        endings[ending] = (endings[ending] ?? 0) + 1;
      } catch (error) {
        console.error(`${name}: case ${index} of seed ${values.seed}, kept in ${keep(name, index, input)}:`);
        console.error(error);
        await end();
        return 1;
      }
    }
    const counts = Object.entries(endings).map(([ending, count]) => `${count} ${ending}`);
    console.log(`${name}: ${index} cases, ${counts.join(', ')}`);
    await end();
    return 0;
  });
}

async function withinTime(check: Case['check']): Promise<string> {
  const start = performance.now();
  const ending = await check();
  const seconds = (performance.now() - start) / 1000;
  if (seconds > caseSeconds) throw new Error(`It took ${seconds.toFixed(0)} seconds.`);
  return ending;
}

function keep(name: string, index: number | 'last', input: Case['input']): string {
  const place = path.join(resultsFolder, 'fuzz', `${name}-${index}`);
  mkdirSync(path.dirname(place), { recursive: true });
  rmSync(place, { recursive: true, force: true });
  if (typeof input === 'string') cpSync(input, place, { recursive: true });
  else writeFileSync(place, input);
  return place;
}
