import { describe, expect, it } from 'vitest';
import { exportCommand, isCheckpoint } from '../../../src/core/checkpoints';

describe('checkpoints', () => {
  it.each(['model.safetensors', 'model-00001-of-00002.safetensors', 'pytorch_model.bin', 'tf_model.h5'])(
    'are known by the name of their file: %s',
    (name) => expect(isCheckpoint(name)).toBe(true),
  );

  it.each(['training_args.bin', 'model.onnx', 'safetensors.md', 'config.json'])('are not: %s', (name) =>
    expect(isCheckpoint(name)).toBe(false),
  );

  it('are exported by a command that can be pasted', () => {
    expect(exportCommand('org/name', 'C:\\models\\name')).toBe(
      'optimum-cli export onnx --model org/name C:\\models\\name',
    );
    expect(exportCommand('/a b/c', '/a b/c')).toBe('optimum-cli export onnx --model "/a b/c" "/a b/c"');
  });
});
