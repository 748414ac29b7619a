/** Where things lie: the repository, the extension under test, its sample, what a test run leaves behind. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';

export const repositoryRoot = path.resolve(__dirname, '../..');

/** Reports, screenshots and failure artefacts; ignored by git. */
export const resultsFolder = path.join(repositoryRoot, 'test-results');

/** The extension that is loaded: the repository, or the folder or VSIX named by `HEADLIGHT_EXTENSION`. */
export const extensionUnderTest = path.resolve(process.env.HEADLIGHT_EXTENSION ?? repositoryRoot);

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
