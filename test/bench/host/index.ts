/** Measures inside the extension host: VS Code calls `run`. */
import { writeFileSync } from 'node:fs';
import type { HostResult, HostTask } from '../hostRun';
import { activation } from './activation';
import { logPauses, pauses } from './pauses';

export async function run(): Promise<void> {
  const task = JSON.parse(process.env.HEADLIGHT_BENCH_TASK!) as HostTask;
  const result = await measure(task).catch((error: Error): HostResult => ({ error: error.message }));
  writeFileSync(task.resultFile, JSON.stringify(result));
}

async function measure(task: HostTask): Promise<HostResult> {
  switch (task.measurement) {
    case 'activation':
      return { pairs: [await activation()] };
    case 'pause':
      return { pairs: await pauses(task) };
    case 'logPause':
      return { pairs: await logPauses(task) };
  }
}
