/** The engine processes of a workbench, seen from outside. */
import { execFileSync } from 'node:child_process';
import type { ServerWorkbench } from './serverWorkbench';

/** Sends a signal to every engine of a workbench; there is at least one. */
export function signalEngines({ scratch }: ServerWorkbench, signal: NodeJS.Signals): void {
  const rows = execFileSync('ps', ['-A', '-o', 'pid=,args='], { encoding: 'utf8' }).split('\n');
  const own = rows.filter((row) => row.includes(scratch) && row.includes('dist/engine.js'));
  if (own.length === 0) throw new Error('No engine is running.');
  for (const row of own) process.kill(parseInt(row, 10), signal);
}
