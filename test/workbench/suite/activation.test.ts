import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { activate } from './support';

describe('the extension', () => {
  it('is known to VS Code', () => {
    assert.ok(vscode.extensions.getExtension('headlight.headlight'));
  });

  it('activates without loading what belongs to the engine', async () => {
    await activate();
    const loaded = Object.keys(require.cache);
    assert.deepEqual(
      loaded.filter((file) => /onnxruntime|tokenizers/.test(file)),
      [],
    );
  });
});
