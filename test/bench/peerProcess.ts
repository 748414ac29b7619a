import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { repositoryRoot } from '../support/paths';
import { forkFile, nextMessage } from './childProcess';

const folder = path.join(repositoryRoot, 'test/bench/peer');

/** What the peer library made of a text with one mask. */
export interface PeerFill {
  /** Of the pipeline alone, without the way there and back. */
  milliseconds: number;
  predictions: { id: number; score: number }[];
}

/** The best-known pipeline for masked words on the same file and runtime, in a process of its own. */
export class PeerProcess {
  /** @returns null where it is not installed. */
  static async start(model: string): Promise<PeerProcess | null> {
    if (!existsSync(path.join(folder, 'node_modules'))) {
      console.error('Without the peer library, which "npm ci --prefix test/bench/peer" installs (474 MB).');
      return null;
    }
    const child = forkFile(path.join(folder, 'fill.mjs'), [model]);
    await nextMessage(child);
    return new PeerProcess(child);
  }

  private constructor(private readonly child: ChildProcess) {}

  fill(text: string, topK: number): Promise<PeerFill> {
    this.child.send({ text, topK });
    return nextMessage<PeerFill>(this.child);
  }

  stop(): void {
    this.child.kill('SIGKILL');
  }
}
