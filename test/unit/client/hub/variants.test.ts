import { describe, expect, it } from 'vitest';
import { hasCheckpoint, parseEndpoint, parseRepository, variantsOf } from '../../../../src/client/hub';
import type { HubFile } from '../../../../src/client/hub/listing';

const listing = (sizes: Record<string, number>): { files: HubFile[] } => ({
  files: Object.entries(sizes).map(([path, size]) => ({
    path,
    size,
    hash: { algorithm: 'sha256', value: '' },
  })),
});
const found = (sizes: Record<string, number>) =>
  variantsOf(listing(sizes)).map(({ suffix, bytes, files }) => [
    suffix,
    bytes,
    files.map(({ path }) => path),
  ]);

describe('the variants of a repository', () => {
  it('are its exports with what each needs, the plain one first, then by size', () => {
    expect(
      found({
        'README.md': 1,
        'config.json': 1,
        'tokenizer.json': 2,
        'pytorch_model.bin': 9999,
        'onnx/model.onnx': 400,
        'onnx/model_fp16.onnx': 200,
        'onnx/model_quantized.onnx': 100,
        'other/model.onnx': 50,
      }),
    ).toEqual([
      ['', 403, ['config.json', 'tokenizer.json', 'onnx/model.onnx']],
      ['quantized', 103, ['config.json', 'tokenizer.json', 'onnx/model_quantized.onnx']],
      ['fp16', 203, ['config.json', 'tokenizer.json', 'onnx/model_fp16.onnx']],
    ]);
  });

  it('take weights along that lie in files of their own', () => {
    expect(
      found({
        'model.onnx': 1,
        'model.onnx_data': 2,
        'model.onnx_data_1': 3,
        'model_q4.onnx': 4,
        'model_q4.onnx_data': 5,
      }),
    ).toEqual([
      ['', 6, ['model.onnx', 'model.onnx_data', 'model.onnx_data_1']],
      ['q4', 9, ['model_q4.onnx', 'model_q4.onnx_data']],
    ]);
  });

  it('keep encoder and decoder together, without the decoders that repeat the one for whole texts', () => {
    expect(
      found({
        'onnx/decoder_model.onnx': 2,
        'onnx/decoder_model_merged.onnx': 3,
        'onnx/decoder_with_past_model.onnx': 4,
        'onnx/decoder_model_quantized.onnx': 1,
        'onnx/encoder_model.onnx': 1,
        'onnx/encoder_model_quantized.onnx': 1,
        'onnx/decoder_model_merged_quantized.onnx': 1,
      }),
    ).toEqual([
      ['', 3, ['onnx/encoder_model.onnx', 'onnx/decoder_model.onnx']],
      ['quantized', 2, ['onnx/encoder_model_quantized.onnx', 'onnx/decoder_model_quantized.onnx']],
    ]);
    expect(found({ 'decoder_model_merged.onnx': 3, 'encoder_model.onnx': 1 })).toEqual([
      ['', 4, ['encoder_model.onnx', 'decoder_model_merged.onnx']],
    ]);
  });

  it('lie in folders of their own where the same export is there twice', () => {
    expect(found({ 'model.onnx': 1, 'onnx/model.onnx': 1 }).map(([suffix]) => suffix)).toEqual(['', 'onnx']);
  });

  it('have any other name, too', () => {
    expect(found({ 'bert.onnx': 3, 'model-int8.onnx': 1 })).toEqual([
      ['int8', 1, ['model-int8.onnx']],
      ['bert', 3, ['bert.onnx']],
    ]);
  });

  it('are none in a repository of a checkpoint alone', () => {
    const checkpoint = listing({ 'model.safetensors': 1, 'config.json': 1 });
    expect(variantsOf(checkpoint)).toEqual([]);
    expect([hasCheckpoint(checkpoint), hasCheckpoint(listing({ 'model.onnx': 1 }))]).toEqual([true, false]);
  });
});

describe('what a person writes', () => {
  it.each([
    ['bert-base-uncased', 'bert-base-uncased', 'main'],
    ['  google-bert/bert-base-chinese ', 'google-bert/bert-base-chinese', 'main'],
    ['org/name@v1.0', 'org/name', 'v1.0'],
    ['org/name@refs/pr/3', 'org/name', 'refs/pr/3'],
    ['https://huggingface.co/org/name', 'org/name', 'main'],
    ['https://huggingface.co/org/name/tree/dev?x=1', 'org/name', 'dev'],
    ['https://huggingface.co/org/name/tree/refs%2Fpr%2F3', 'org/name', 'refs/pr/3'],
  ])('names a repository: %s', (text, name, revision) => {
    expect(parseRepository(text)).toEqual({ name, revision });
  });

  it.each([
    '',
    'a/b/c',
    '../etc',
    'org/..',
    'org/name@../..',
    '/absolute/model',
    'C:\\model',
    'org/na me',
    'https://x.y/org/name/tree/%zz',
  ])('may name none: %s', (text) => {
    expect(() => parseRepository(text)).toThrow(/organisation\/name/);
  });

  it('is an address that sends a token in the open only to this machine', () => {
    expect(parseEndpoint('https://hf-mirror.com/')).toBe('https://hf-mirror.com');
    expect(parseEndpoint('http://127.0.0.1:8080')).toBe('http://127.0.0.1:8080');
    for (const text of ['http://hub.example', 'ftp://hub.example', 'hub.example', '']) {
      expect(() => parseEndpoint(text)).toThrow(/https/);
    }
  });
});
