/** A real VS Code workbench without a desktop: VS Code's server, with scratch folders of its own, on a free port. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { serverInstallation } from './serverInstall';
import { type Settings, quietSettings } from './settings';

const runQuietly = promisify(execFile);

export interface ServerOptions {
  /** Extensions to install: unpacked folders (linked, not copied) or VSIX files. */
  extensions?: readonly string[];
  settings?: Settings;
  /** Whether a folder opens in Restricted Mode until somebody trusts it; without, every folder is trusted. */
  workspaceTrust?: boolean;
  /** VS Code's own hooks for tests; with them, notifications show only in the notification centre. */
  testDriver?: boolean;
  /** More environment variables for the extension host. */
  env?: NodeJS.ProcessEnv;
  /** How long an extension host waits for its window to come back after a lost connection. */
  reconnectionSeconds?: number;
}

/** What the workbench's address can say beside the folder: see `IWorkbenchConstructionOptions` in VS Code. */
export type Payload = readonly (readonly [key: string, value: string])[];

export class ServerWorkbench {
  /** Starts a server and waits until it answers. */
  static async start(options: ServerOptions = {}): Promise<ServerWorkbench> {
    const scratch = mkdtempSync(path.join(tmpdir(), 'headlight-'));
    try {
      return await startIn(scratch, options);
    } catch (error) {
      rmSync(scratch, { recursive: true, force: true });
      throw error;
    }
  }

  /** Resolves when the server's process is gone, for whatever reason. */
  readonly ended: Promise<void>;
  private readonly endWithUs = (): void => this.signal('SIGKILL');

  /** Use `start`. */
  constructor(
    readonly port: number,
    /** A folder of this workbench's own, deleted when it stops. */
    readonly scratch: string,
    private readonly process_: ChildProcess,
    private readonly baseSettings: Settings,
  ) {
    this.ended = new Promise((resolve) => process_.once('exit', () => resolve()));
    process.once('exit', this.endWithUs);
  }

  /** The address that opens a folder in this workbench. */
  url(folder: string, payload: Payload = []): string {
    const all = [['skipWelcome', 'true'], ...payload];
    const query = new URLSearchParams({ folder: asUriPath(folder), payload: JSON.stringify(all) });
    return `http://127.0.0.1:${this.port}/?${query}`;
  }

  /** How a URL names a file on the server's machine, as the keys of a payload want it. */
  remoteUri(file: string): string {
    return `vscode-remote://127.0.0.1:${this.port}${asUriPath(file)}`;
  }

  /** Puts the user settings back to the ones at the start, changed by `changes`; windows opened from now on follow. */
  changeSettings(changes: Settings): void {
    writeSettings(this.scratch, { ...this.baseSettings, ...changes });
  }

  /** What the server said. */
  log(): string {
    return readFileSync(logFile(this.scratch), 'utf8');
  }

  /** Ends the server with all its descendants and deletes the scratch folder. */
  async stop(): Promise<void> {
    this.signal('SIGTERM');
    await Promise.race([this.ended, delay(5_000, undefined, { ref: false })]);
    // An extension host that was caught in its start-up outlives its server, and so may what it forked.
    this.signal('SIGKILL');
    await this.ended;
    process.off('exit', this.endWithUs);
    rmSync(this.scratch, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Signals the server's whole process group, which also holds descendants that lost their parent. */
  private signal(signal: NodeJS.Signals): void {
    const { pid } = this.process_;
    if (pid === undefined) return;
    if (process.platform === 'win32') {
      spawn('taskkill', ['/pid', String(pid), '/t', '/f'], { stdio: 'ignore' });
      return;
    }
    try {
      process.kill(-pid, signal);
    } catch {
      // Nobody is left in the group.
    }
  }
}

async function startIn(scratch: string, options: ServerOptions): Promise<ServerWorkbench> {
  const installation = await serverInstallation();
  const { extensions = [], workspaceTrust = false, testDriver = false } = options;
  const settings: Settings = {
    ...quietSettings,
    'security.workspace.trust.enabled': workspaceTrust,
    ...options.settings,
  };
  for (const name of ['home', 'runtime', 'data', 'extensions', 'user-data/User']) {
    mkdirSync(path.join(scratch, name), { recursive: true, mode: 0o700 });
  }
  writeSettings(scratch, settings);
  const env = serverEnvironment(scratch, options.env);
  const folders = [
    `--server-data-dir=${path.join(scratch, 'server-data')}`,
    `--user-data-dir=${path.join(scratch, 'user-data')}`,
    `--extensions-dir=${path.join(scratch, 'extensions')}`,
    '--accept-server-license-terms',
  ];
  // Links first: VS Code takes them for extensions only until it has written its own list of what is installed.
  for (const extension of extensions.filter((file) => !isVsix(file))) linkExtension(scratch, extension);
  for (const vsix of extensions.filter(isVsix)) {
    // Quietly, because it complains of a logger that it can do without; a failure shows its output.
    await runQuietly(installation.node, [installation.main, ...folders, '--install-extension', vsix], {
      env,
    });
  }

  const port = await freePort();
  const log = openSync(logFile(scratch), 'a');
  const args = [
    installation.main,
    ...folders,
    '--host=127.0.0.1',
    `--port=${port}`,
    '--without-connection-token',
    '--telemetry-level=off',
    ...(testDriver ? ['--enable-smoke-test-driver'] : []),
    ...(options.reconnectionSeconds === undefined
      ? []
      : [`--reconnection-grace-time=${options.reconnectionSeconds}`]),
  ];
  // A group of its own, so that the whole of it can be ended at once.
  const child = spawn(installation.node, args, {
    env,
    cwd: scratch,
    stdio: ['ignore', log, log],
    detached: true,
  });
  const server = new ServerWorkbench(port, scratch, child, settings);
  try {
    await untilReady(server, child);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server;
}

async function untilReady(server: ServerWorkbench, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (child.exitCode === null && Date.now() < deadline) {
    const answer = await fetch(`http://127.0.0.1:${server.port}/version`).catch(() => undefined);
    if (answer?.ok) return;
    await delay(100);
  }
  throw new Error(`VS Code's server did not start:\n${server.log()}`);
}

/** Our environment, less what belongs to another VS Code, npm or debugger, with homes in the scratch folder. */
function serverEnvironment(scratch: string, more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(VSCODE_|ELECTRON_|npm_|NODE_OPTIONS$)/.test(name),
  );
  return {
    ...Object.fromEntries(inherited),
    HOME: path.join(scratch, 'home'),
    XDG_RUNTIME_DIR: path.join(scratch, 'runtime'),
    XDG_DATA_HOME: path.join(scratch, 'data'),
    // No marketplace: the workbench asks nothing of the outside.
    EXTENSIONS_GALLERY: '{}',
    ...more,
  };
}

function linkExtension(scratch: string, folder: string): void {
  const manifest: unknown = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const { publisher, name, version } = manifest as { publisher: string; name: string; version: string };
  symlinkSync(folder, path.join(scratch, 'extensions', `${publisher}.${name}-${version}`), 'junction');
}

function writeSettings(scratch: string, settings: Settings): void {
  writeFileSync(path.join(scratch, 'user-data/User/settings.json'), JSON.stringify(settings, null, 2));
}

const isVsix = (file: string): boolean => file.endsWith('.vsix');
const logFile = (scratch: string): string => path.join(scratch, 'server.log');

/** `C:\folder` is `/C:/folder` in a URI. */
function asUriPath(file: string): string {
  const slashes = file.replaceAll('\\', '/');
  return slashes.startsWith('/') ? slashes : `/${slashes}`;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = net.createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => {
        if (address !== null && typeof address === 'object') resolve(address.port);
        else reject(new Error('No free port'));
      });
    });
  });
}
