/** Processes that are measured or measured against, each a bundle of its own as the engine is. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { repositoryRoot } from '../support/paths';

/** Starts `test/bench/processes/NAME.ts`. It ends with us, or by `kill`. */
export function startChild(name: string, args: string[]): ChildProcess {
  return forkFile(path.join(repositoryRoot, 'out/test/bench', `${name}.js`), args);
}

/** Starts a file that Node can run. It ends with us, or by `kill`. */
export function forkFile(file: string, args: string[]): ChildProcess {
  return fork(file, args, { serialization: 'advanced', execArgv: [] });
}

/** The next message of a child. @throws Error when the child ends instead. */
export async function nextMessage<Message>(child: ChildProcess): Promise<Message> {
  const over = new AbortController();
  const exit = once(child, 'exit', { signal: over.signal }).then(([code, signal]) => {
    throw new Error(`A measured process ended by ${String(signal ?? `code ${String(code)}`)}.`);
  });
  try {
    const [message] = (await Promise.race([
      once(child, 'message', { signal: over.signal }),
      exit,
    ])) as unknown[];
    return message as Message;
  } finally {
    over.abort();
    exit.catch(() => {});
  }
}
