import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ModelStore } from '../../../src/engine/models/store';
import { readOnnxModel } from '../../../src/engine/onnx/model';
import type { ArchitectureFacts, WeightFacts } from '../../../src/protocol/architecture';
import { BertGraph, tinyVocabulary } from '../../support/bertGraph';
import { embeddedFolders } from './references';

const store = new ModelStore();
const options = { opset: 17, fused: true } as const;

/** A folder of the hub with these graphs in its `onnx/`. */
function folderOf(graphs: Record<string, Uint8Array>): string {
  const folder = path.join(mkdtempSync(path.join(tmpdir(), 'headlight-layout-')), 'bert');
  mkdirSync(path.join(folder, 'onnx'), { recursive: true });
  for (const [name, bytes] of Object.entries(graphs)) writeFileSync(path.join(folder, 'onnx', name), bytes);
  writeFileSync(path.join(folder, 'vocab.txt'), tinyVocabulary.join('\n'));
  return folder;
}

describe('the variants of a folder', () => {
  const folder = folderOf({
    'model_quantized.onnx': new BertGraph({ ...options, storage: 'int8' }).bytes(),
    'model.onnx': new BertGraph(options).bytes(),
    'model_fp16.onnx': new BertGraph({ ...options, storage: 'float16' }).bytes(),
  });
  const file = (name: string): string => path.join(folder, 'onnx', name);

  it('are told with the default first, and named wherever the model is', () => {
    const facts = store.open(folder).facts;
    const names = ['model.onnx', 'model_fp16.onnx', 'model_quantized.onnx'];
    expect(facts).toMatchObject({
      model: 'bert · onnx/model.onnx',
      onnxFile: file('model.onnx'),
      variants: names.map(file),
      weightType: 'float32',
    });
    const quantised = store.open(file('model_quantized.onnx')).facts;
    expect(quantised).toMatchObject({
      model: 'bert · onnx/model_quantized.onnx',
      variants: names.map(file),
      weightType: 'int8',
      fileSize: statSync(file('model_quantized.onnx')).size,
      tokenizerFile: facts.tokenizerFile,
      answers: facts.answers,
    });
    expect(store.open(file('model_fp16.onnx')).facts.weightType).toBe('float16');
  });

  it('are no part of the name of a folder with one file', () => {
    const single = folderOf({ 'model.onnx': new BertGraph(options).bytes() });
    expect(store.open(single).name).toBe('bert');
    expect(store.open(path.join(single, 'onnx', 'model.onnx')).name).toBe('model.onnx');
    // The name is another as soon as there are two.
    writeFileSync(path.join(single, 'onnx', 'model_2.onnx'), new BertGraph(options).bytes());
    expect(store.open(single).name).toBe('bert · onnx/model.onnx');
  });
});

const translators = embeddedFolders.filter((folder) => path.basename(folder).startsWith('transformer-'));

describe.each(translators)('an encoder and its decoder in two files, as in %s', (folder) => {
  const config = JSON.parse(readFileSync(path.join(folder, 'config.json'), 'utf8')) as {
    vocab_size: number;
    d_model: number;
    max_position_embeddings: number;
  };
  /** Tokens and, as sinusoids, positions. */
  const embeddings = (config.vocab_size + config.max_position_embeddings) * config.d_model;
  const size = (name: string): number => statSync(path.join(folder, name)).size;

  it('are one model: facts are of both', () => {
    const { facts } = store.open(folder);
    const files = ['encoder_model.onnx', 'decoder_model.onnx'];
    expect(facts.model).toBe(path.basename(folder));
    expect(facts.files).toEqual(files.map((name) => ({ file: path.join(folder, name), bytes: size(name) })));
    expect(facts.fileSize).toBe(size('encoder_model.onnx') + size('decoder_model.onnx'));
    expect(facts.variants).toEqual([path.join(folder, 'encoder_model.onnx')]);
    const layers = facts.architecture!.stacks.map((stack) => [stack.kind, stack.layers.length]);
    expect(layers.map(([kind]) => kind)).toEqual(['encoder', 'decoder']);
    const count = (stack: string): number => facts.attention.filter((each) => each.stack === stack).length;
    expect([
      ['encoder', count('encoder')],
      ['decoder', count('decoder')],
    ]).toEqual(layers);
    expect(count('cross')).toBe(count('decoder'));
    expect(facts.roles.filter(({ stack }) => stack === null)).toEqual([
      { role: 'nextTokenLogits', stack: null, layer: null, how: 'present', reason: null },
    ]);
    // There is little else in the files than the weights of both, the embeddings twice.
    const width = { float32: 4, float16: 2, int8: 1, uint8: 1 }[facts.weightType!]!;
    const stored = (facts.parameters! + embeddings) * width;
    expect(stored).toBeLessThan(facts.fileSize!);
    expect(stored).toBeGreaterThan(0.85 * facts.fileSize!);
    const { facts: byDecoder } = store.open(path.join(folder, 'decoder_model.onnx'));
    expect(byDecoder).toMatchObject({ files: facts.files, roles: facts.roles });
  });

  it('count embeddings once that both files hold, and twice where they are not the same', () => {
    const { parameters, architecture } = store.open(folder).facts;
    const counted = (facts: ArchitectureFacts | null): number =>
      facts!.weights.reduce((sum, each) => sum + each.parameters, 0);
    expect(counted(architecture)).toBe(parameters);
    const ofDecoder = ({ stack, block }: WeightFacts): boolean => stack === 1 && block === 'embeddings';
    expect(architecture!.weights.find(ofDecoder)).toMatchObject({ parameters: 0, tiedTo: ['embeddings'] });

    const copy = mkdtempSync(path.join(tmpdir(), 'headlight-pair-'));
    cpSync(folder, copy, { recursive: true });
    const file = path.join(copy, 'decoder_model.onnx');
    const { initializers } = readOnnxModel(file);
    const bytes = readFileSync(file);
    for (const { dims, payload } of initializers.values()) {
      if (payload.kind === 'file' && dims[0] === config.vocab_size && dims.length > 1)
        bytes[payload.offset]! ^= 1;
    }
    writeFileSync(file, bytes);
    const apart = store.open(copy).facts;
    expect(apart.parameters).toBe(parameters! + config.vocab_size * config.d_model);
    expect(counted(apart.architecture)).toBe(apart.parameters);
  });

  it('take the file in that goes on from earlier keys, and have variants as pairs', () => {
    const copy = mkdtempSync(path.join(tmpdir(), 'headlight-pair-'));
    for (const part of ['encoder_model', 'decoder_model']) {
      for (const variant of ['', '_quantized']) {
        copyFileSync(path.join(folder, `${part}.onnx`), path.join(copy, `${part}${variant}.onnx`));
      }
    }
    copyFileSync(path.join(folder, 'decoder_model.onnx'), path.join(copy, 'decoder_with_past_model.onnx'));
    const { files, fileSize, variants, parameters } = store.open(copy).facts;
    expect(files.map(({ file }) => path.basename(file))).toEqual([
      ...['encoder_model.onnx', 'decoder_model.onnx', 'decoder_with_past_model.onnx'],
    ]);
    expect(fileSize).toBe(size('encoder_model.onnx') + 2 * size('decoder_model.onnx'));
    // It holds the same weights again.
    expect(parameters).toBe(store.open(folder).facts.parameters);
    expect(variants.map((file) => path.basename(file))).toEqual([
      'encoder_model.onnx',
      'encoder_model_quantized.onnx',
    ]);
    const variant = store.open(variants[1]!);
    expect(path.basename(variant.decoder!.graph.file)).toBe('decoder_model_quantized.onnx');
  });

  it('say what is wrong with the decoder, and go on without it', () => {
    const copy = mkdtempSync(path.join(tmpdir(), 'headlight-pair-'));
    copyFileSync(path.join(folder, 'encoder_model.onnx'), path.join(copy, 'encoder_model.onnx'));
    writeFileSync(path.join(copy, 'decoder_model.onnx'), 'no graph');
    const { missing, attention } = store.open(copy).facts;
    expect(missing.find(({ part }) => part === 'onnx')?.message).toContain('decoder_model.onnx');
    expect([...new Set(attention.map(({ stack }) => stack))]).toEqual(['encoder']);
  });
});
