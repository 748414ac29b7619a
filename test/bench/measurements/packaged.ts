import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { repositoryRoot } from '../../support/paths';
import type { Measurement } from '../measurement';

/** The VSIX of this platform, over the one native library that makes most of it, as it lies on the disk. */
export const packaged: Measurement = {
  name: 'packaged',
  async measure() {
    const { status, stderr } = spawnSync(process.execPath, ['.ci/package.mjs'], {
      cwd: repositoryRoot,
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(stderr);
    const manifest = JSON.parse(readFileSync(path.join(repositoryRoot, 'package.json'), 'utf8')) as {
      name: string;
      version: string;
    };
    const platform = `${process.platform}-${process.arch}`;
    const libraries = { linux: 'libonnxruntime.so.1', darwin: 'libonnxruntime.1.dylib' } as const;
    const library = libraries[process.platform as 'linux'] ?? 'onnxruntime.dll';
    const binaries = `node_modules/onnxruntime-node/bin/napi-v6/${platform.replace('-', '/')}`;
    const megabytes = (file: string): number => statSync(path.join(repositoryRoot, file)).size / 2 ** 20;
    return [
      {
        what: `the VSIX for ${platform}`,
        over: 'onnxruntime alone, unpacked',
        unit: 'MB',
        pairs: [
          {
            value: megabytes(`out/${manifest.name}-${platform}-${manifest.version}.vsix`),
            baseline: megabytes(`${binaries}/${library}`),
          },
        ],
        aim: { of: 'value', atMost: 60 },
      },
    ];
  },
};
