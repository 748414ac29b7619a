import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** A folder of the test file's own, gone after it. */
export function scratchFolder(): {
  path: string;
  write(name: string, contents: Uint8Array | string): string;
} {
  const path = mkdtempSync(join(tmpdir(), 'headlight-onnx-'));
  afterAll(() => rmSync(path, { recursive: true, force: true }));
  return {
    path,
    write(name, contents) {
      const file = join(path, name);
      writeFileSync(file, contents);
      return file;
    },
  };
}
