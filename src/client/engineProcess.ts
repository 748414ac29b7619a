import { fork, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import * as l10n from '@vscode/l10n';
import { createMessageConnection, IPCMessageReader, IPCMessageWriter } from 'vscode-jsonrpc/node';
import { HeadlightError } from '../core/errors';
import { callerOf, type Caller } from '../core/rpc';
import {
  lastWordsDescriptor,
  type EngineNotices,
  type EngineRequests,
  type LastWords,
} from '../protocol/engine';

/** One life of the engine: from fork to exit. */
export interface EngineProcess {
  id: number | undefined;
  caller: Caller<EngineRequests>;
  /** Resolves when the process has gone, with the reason when nobody asked it to go. */
  ended: Promise<HeadlightError | null>;
  /** Lets the process finish by itself. */
  end(): void;
  /** Ends it at once, whatever it is doing; `reason` becomes what pending requests are told. */
  kill(reason: HeadlightError): void;
}

/** How much a line of the log matters; lines hold no text that was asked about. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type Log = (line: string, level: LogLevel) => void;

/** Who hears what the engine tells. */
export type NoticeListeners = { [Name in keyof EngineNotices]: (notice: EngineNotices[Name]) => void };

/**
 * Forks the engine. Nothing is loaded in this process; the engine's own output goes to `log`, line by line.
 * @param entry the bundled engine, `dist/engine.js`. @param listeners hear what the engine tells without being asked.
 */
export function startEngineProcess(entry: string, log: Log, listeners: NoticeListeners): EngineProcess {
  const child = fork(entry, [], {
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc', 'pipe'],
    // The host's own binary is Electron on desktops; without this it would open a window.
    env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
    execArgv: [],
  });
  logLines(child.stdout, (line) => log(line, 'info'));
  logLines(child.stderr, (line) => log(line, 'warn'));
  const connection = createMessageConnection(new IPCMessageReader(child), new IPCMessageWriter(child));
  connection.onError(([error]) => log(error.message, 'error'));
  for (const [name, listener] of Object.entries(listeners)) connection.onNotification(name, listener);
  connection.listen();

  let expected = false;
  let reason: HeadlightError | null = null;
  const lastWords = readLastWords(child);
  const ended = new Promise<HeadlightError | null>((resolve) => {
    child.once('error', (error) => {
      reason ??= new HeadlightError(
        'EngineDied',
        l10n.t('The engine process could not be started: {0}', error.message),
      );
      if (child.pid === undefined) resolve(reason);
    });
    child.once('exit', async (code, signal) => {
      const words = await lastWords;
      if (words) reason ??= outOfMemory(words);
      if (!expected) reason ??= unexpectedEnd(code, signal);
      resolve(reason);
    });
  });
  // Disposing rejects what is pending with a message of its own: let the reason be heard first.
  void ended.then(() => setImmediate(() => connection.dispose()));

  return {
    id: child.pid,
    caller: callerOf<EngineRequests>(connection),
    ended,
    end() {
      expected = true;
      if (child.connected) child.disconnect();
    },
    kill(why) {
      reason ??= why;
      child.kill('SIGKILL');
    },
  };
}

function logLines(stream: Readable | null, log: (line: string) => void): void {
  if (stream) createInterface({ input: stream }).on('line', log);
}

async function readLastWords(child: ChildProcess): Promise<LastWords | null> {
  const pipe = child.stdio[lastWordsDescriptor] as Readable;
  let text = '';
  try {
    for await (const chunk of pipe) text += String(chunk);
    return text ? (JSON.parse(text) as LastWords) : null;
  } catch {
    return null; // A pipe that broke with its process has nothing to say.
  }
}

function outOfMemory({ residentBytes }: LastWords): HeadlightError {
  return new HeadlightError(
    'OutOfMemory',
    l10n.t(
      'The engine was ended because it used {0} MB of memory. Choose a smaller model, a shorter text, or raise "headlight.engine.memoryLimitMegabytes".',
      Math.round(residentBytes / 2 ** 20),
    ),
  );
}

function unexpectedEnd(code: number | null, signal: string | null): HeadlightError {
  return new HeadlightError(
    'EngineDied',
    l10n.t(
      'The engine process ended unexpectedly ({0}). Run again to start a new one; if it ends again, choose another model.',
      signal ?? `code ${code}`,
    ),
  );
}
