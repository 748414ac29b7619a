/** Where things lie: the repository, the extension under test, its sample, what a test run leaves behind. */
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

export const repositoryRoot = path.resolve(__dirname, '../..');

/** Reports, screenshots and failure artefacts; ignored by git. */
export const resultsFolder = path.join(repositoryRoot, 'test-results');

/** The extension that is loaded: the repository, or the folder or VSIX named by `HEADLIGHT_EXTENSION`. */
export const extensionUnderTest = path.resolve(process.env.HEADLIGHT_EXTENSION ?? repositoryRoot);

/** The extension that the browser tests install: the package of this platform, or what `HEADLIGHT_EXTENSION` names. */
export function packagedExtension(): string {
  if (process.env.HEADLIGHT_EXTENSION) return extensionUnderTest;
  const manifest: unknown = JSON.parse(readFileSync(path.join(repositoryRoot, 'package.json'), 'utf8'));
  const { name, version } = manifest as { name: string; version: string };
  const file = `out/${name}-${process.platform}-${process.arch}-${version}.vsix`;
  const packaged = lastChange(file);
  if (['dist', 'media', 'package.json'].some((shipped) => lastChange(shipped) > packaged)) {
    throw new Error(`${file} is missing or older than what it is made of: run "npm run package" first.`);
  }
  return path.join(repositoryRoot, file);
}

/** When a file, or anything in a folder, was last written; 0 for what is not there. */
function lastChange(name: string): number {
  const file = path.join(repositoryRoot, name);
  const status = statSync(file, { throwIfNoEntry: false });
  if (!status?.isDirectory()) return status?.mtimeMs ?? 0;
  return Math.max(...readdirSync(file).map((entry) => lastChange(path.join(name, entry))));
}

/** The folder that a newcomer sees first; the tests work on copies of it. */
export function sampleFolder(): string {
  const beside = path.join(extensionUnderTest, 'media', 'sample');
  return existsSync(beside) ? beside : path.join(repositoryRoot, 'media', 'sample');
}

/** Outside the repository, so that a fresh clone does not download the workbench once more. */
export function workbenchCache(): string {
  const caches = process.env.XDG_CACHE_HOME ?? path.join(homedir(), '.cache');
  return path.resolve(process.env.HEADLIGHT_WORKBENCH_CACHE ?? path.join(caches, 'headlight-workbench'));
}
