import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { repositoryRoot } from './paths';

/** What a command of the terminal prints as JSON. */
export function terminal<Answer>(...command: string[]): Answer {
  const entry = path.join(repositoryRoot, 'dist/cli.js');
  const output = execFileSync(process.execPath, [entry, '--json', ...command], { encoding: 'utf8' });
  return JSON.parse(output) as Answer;
}
