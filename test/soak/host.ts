/** Asks thousands of questions inside the extension host, by the API and by the views: VS Code calls `run`. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as vscode from 'vscode';
import type { HeadlightApi } from '../../src/host/api';
import type { MemorySample, SoakResult, SoakTask } from './memory';

const sentence = 'The old man drank a cup of [MASK] by the river and read a book about the war. ';
const pair = 'He was not thirsty any more.';

type Inspection = (api: HeadlightApi, text: string) => PromiseLike<unknown>;

/** By the API what programs ask, by commands what views show. */
const inspections: Inspection[] = [
  (api, text) => api.tokens(text),
  (api, text) => api.fill(text),
  (api, text) => api.input(text),
  (api, text) => api.word(text, 4),
  // Long enough that what the engine keeps of them is full soon.
  (api, text) => api.attention(text + text).then(({ weights }) => weights({ layer: 0, head: 0 })),
  (api, text) => api.classify(text),
  (api, text) => api.tag(text),
  (api, text) => api.pair(text, pair),
  (api, text) => api.answer('Who?', text),
  () => vscode.commands.executeCommand('headlight.showTokens'),
  () => vscode.commands.executeCommand('headlight.predictMaskedWords'),
  () => vscode.commands.executeCommand('headlight.exploreAttention'),
];

export async function run(): Promise<void> {
  const task = JSON.parse(process.env.HEADLIGHT_SOAK_TASK!) as SoakTask;
  const result = await soak(task).then(
    (samples): SoakResult => ({ samples }),
    (error: Error): SoakResult => ({ error: error.message }),
  );
  writeFileSync(task.resultFile, JSON.stringify(result));
}

async function soak({ inspections: count, samples: looks }: SoakTask): Promise<MemorySample[]> {
  const api = await vscode.extensions.getExtension<HeadlightApi>('headlight.headlight')!.activate();
  const document = await vscode.workspace.openTextDocument({ content: sentence });
  await vscode.window.showTextDocument(document, vscode.ViewColumn.One);
  const samples: MemorySample[] = [];
  for (let asked = 1; asked <= count; asked++) {
    // Texts of 1 to 12 sentences: the same sizes come again, whatever the kind of question.
    const text = sentence.repeat(1 + (Math.floor(asked / inspections.length) % 12));
    await inspections[asked % inspections.length]!(api, text);
    if (asked % Math.ceil(count / looks) === 0) samples.push(sampleAfter(asked));
  }
  return samples;
}

function sampleAfter(asked: number): MemorySample {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, external } = process.memoryUsage();
  return { inspections: asked, hostBytes: heapUsed + external, engineBytes: engineBytes() };
}

/** Resident memory of the engine, which this process has started. */
function engineBytes(): number {
  const rows = execFileSync('ps', ['-A', '-o', 'ppid=,rss=,args='], { encoding: 'utf8' }).split('\n');
  const own = rows
    .map((row) => row.trim().split(/\s+/))
    .filter(([parent, , ...args]) => Number(parent) === process.pid && args.join(' ').includes('engine.js'));
  if (own.length !== 1) throw new Error(`${own.length} engines are running.`);
  return Number(own[0]![1]) * 1024;
}
