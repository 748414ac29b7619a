/** The real engine under a search. */
import path from 'node:path';
import { EngineClient } from '../../src/client/engineClient';
import { HeadlightError } from '../../src/core/errors';
import type { ErrorCode } from '../../src/protocol/errors';
import { repositoryRoot } from '../support/paths';

export function startEngine(): EngineClient {
  return new EngineClient({
    entry: path.join(repositoryRoot, 'dist/engine.js'),
    settings: { threads: 1, memoryLimitBytes: 2 * 2 ** 30 },
    limits: { idleSeconds: 600, requestSeconds: 20 },
    log: () => {},
  });
}

/** How a request ended. @throws what it was rejected with, where that is none of the codes that may be. */
export async function endingOf(request: Promise<unknown>, may: readonly ErrorCode[]): Promise<string> {
  try {
    await request;
    return 'answered';
  } catch (error) {
    if (error instanceof HeadlightError && may.includes(error.code)) return error.code;
    throw error;
  }
}
