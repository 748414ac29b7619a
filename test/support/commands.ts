/** Running other programs, and ending ourselves cleanly. */
import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import path from 'node:path';

const windows = process.platform === 'win32';

/** The first executable of that name on PATH. */
export function findOnPath(name: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter(Boolean);
  const names = windows ? [`${name}.cmd`, `${name}.exe`] : [name];
  return folders.flatMap((folder) => names.map((file) => path.join(folder, file))).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Whether apt-get may install what is missing. */
export function canInstallByApt(): boolean {
  return process.getuid?.() === 0 && existsSync('/etc/debian_version') && findOnPath('apt-get') !== undefined;
}

export interface RunOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Send the program SIGTERM after so many milliseconds. */
  timeout?: number;
  /** Where its output goes, as a file descriptor; 1 when absent. */
  output?: 1 | 2;
}

/** Runs a program with our own output and no input; answers with its exit code (1 when a signal ended it). */
export function run(
  command: string,
  args: readonly string[],
  { output = 1, ...options }: RunOptions = {},
): Promise<number> {
  return new Promise((resolve, reject) => {
    // Only a shell finds npm.cmd and its like on Windows; no argument of ours needs quoting.
    const child = spawn(command, args, {
      ...options,
      stdio: ['ignore', output, 2],
      shell: windows,
    });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

/** As `run`, for preparations, which must succeed; what they say is no output of ours. */
export async function mustRun(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<void> {
  const code = await run(command, args, { output: 2, ...options });
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with code ${code}`);
}

/**
 * Resolves when somebody wants us to end (Ctrl+C, kill, a closed terminal, a dead parent), with the exit code that
 * is customary then. From the call on, ending is up to the caller.
 */
export function untilTerminated(): Promise<number> {
  const codes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };
  return new Promise((resolve) => {
    for (const [signal, code] of Object.entries(codes)) process.once(signal, () => resolve(code));
    // npm, when it is killed, ends the shell that it ran us in; the shell tells us nothing.
    const parent = process.ppid;
    setInterval(() => process.ppid !== parent && resolve(codes.SIGHUP), 1_000).unref();
  });
}

/** Runs a script's main function; an error is printed and makes the script fail. */
export function runMain(main: () => Promise<number>): void {
  main().then(
    (code) => process.exit(code),
    (error: unknown) => {
      console.error(error instanceof Error ? error.message : error);
      process.exit(1);
    },
  );
}
