import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { factsText } from '../../../src/core/plainText';
import { ModelStore } from '../../../src/engine/models/store';
import type { ModelFacts, RoleFacts } from '../../../src/protocol/models';
import {
  albert,
  bert,
  encoderDecoder,
  fusedBert,
  gpt2,
  llama,
  parallel,
  t5,
} from '../../support/graphs/families';
import { sizes } from '../../support/graphs/transformerWriter';
import { bytes, GraphWriter, node, tensorOf, types, value } from '../../support/onnxWriter';

/** Facts of a folder that holds these files alone. */
function factsOf(graph: Uint8Array, config?: object): ModelFacts {
  const folder = mkdtempSync(path.join(tmpdir(), 'headlight-roles-'));
  writeFileSync(path.join(folder, 'model.onnx'), graph);
  if (config) writeFileSync(path.join(folder, 'config.json'), JSON.stringify(config));
  return new ModelStore().open(folder).facts;
}

const torch: Parameters<typeof bert>[0] = { opset: 14, norm: 'torch' };

const ways = ({ roles }: ModelFacts, ...names: RoleFacts['role'][]): string[] =>
  roles
    .filter(({ role }) => names.includes(role))
    .map(({ role, stack, layer, how }) => `${role} ${stack} ${layer} ${how}`);

const stackRoles = [
  ...['tokenEmbedding', 'positionEmbedding', 'segmentEmbedding', 'embeddingSum', 'embeddingNorm'],
  ...['embeddingProjection', 'relativePositionBias', 'finalNorm', 'lastHiddenState'],
];
const attentionParts = [
  ...[
    'Query',
    'Key',
    'Value',
    'Scores',
    'Mask',
    'Probabilities',
    'Context',
    'Heads',
    'Output',
    'ResidualSum',
    'Norm',
  ],
];
const layerRoles = [
  ...attentionParts.map((part) => `attention${part}`),
  ...['Inner', 'Gate', 'Activation', 'Output', 'ResidualSum', 'Norm'].map((part) => `feedForward${part}`),
  'hiddenState',
];

describe('facts', () => {
  it('list every role of an encoder, stack by stack and layer by layer', () => {
    const { roles } = factsOf(bert(torch).writer.bytes());
    expect(roles.map(({ role, stack, layer }) => [role, stack, layer])).toEqual([
      ...stackRoles.map((role) => [role, 'encoder', null]),
      ...[0, 1].flatMap((layer) => layerRoles.map((role) => [role, 'encoder', layer])),
      ...['pooler', 'maskedWordLogits', 'nextSentenceLogits'].map((role) => [role, null, null]),
    ]);
    const absent = roles.filter(({ how }) => how !== 'present').map(({ role }) => role);
    expect([...new Set(absent)]).toEqual([
      'embeddingProjection',
      'relativePositionBias',
      'finalNorm',
      'feedForwardGate',
    ]);
    expect(roles.every(({ how, reason }) => (how === 'present') === (reason === null))).toBe(true);
  });

  it('count the attention of a decoder and of it to its encoder apart', () => {
    const variant = { norm: 'after', activation: 'relu', positions: 'learned' } as const;
    const facts = factsOf(encoderDecoder(torch, variant).writer.bytes());
    expect(
      facts.attention.map(({ stack, layer, heads, how }) => `${stack} ${layer} ${heads} ${how}`),
    ).toEqual([
      ...['encoder 0 2 present', 'encoder 1 2 present'],
      ...['decoder 0 2 present', 'cross 0 2 present', 'decoder 1 2 present', 'cross 1 2 present'],
    ]);
    expect(ways(facts, 'crossAttentionHeads', 'nextTokenLogits')).toEqual([
      ...['crossAttentionHeads decoder 0 present', 'crossAttentionHeads decoder 1 present'],
      'nextTokenLogits null null present',
    ]);
    expect(facts.layers).toBe(2);
  });

  it('tell parts that not every family has', () => {
    const gated = factsOf(t5(torch, true).writer.bytes());
    expect(ways(gated, 'feedForwardGate', 'relativePositionBias', 'positionEmbedding')).toEqual([
      ...['positionEmbedding encoder null missing', 'relativePositionBias encoder null present'],
      ...['feedForwardGate encoder 0 present', 'feedForwardGate encoder 1 present'],
      ...['positionEmbedding decoder null missing', 'relativePositionBias decoder null present'],
      ...['feedForwardGate decoder 0 present', 'feedForwardGate decoder 1 present'],
    ]);
    expect(ways(factsOf(llama(torch).writer.bytes()), 'finalNorm', 'pooler')).toEqual([
      'finalNorm decoder null present',
    ]);
    const order = factsOf(albert(torch).writer.bytes(), { model_type: 'albert' });
    expect(ways(order, 'embeddingProjection', 'sentenceOrderLogits')).toEqual([
      ...['embeddingProjection encoder null present', 'sentenceOrderLogits null null present'],
    ]);
  });

  it('tell what is computed again, and the operator that keeps it', () => {
    const facts = factsOf(fusedBert('gelu', false).writer.bytes());
    const again = facts.roles.filter(({ how, layer }) => how === 'recomputed' && layer !== 1);
    expect(again.map(({ role, reason }) => [role, /\w+Normalization|BiasGelu/.exec(reason!)?.[0]])).toEqual([
      ...['tokenEmbedding', 'positionEmbedding', 'segmentEmbedding', 'embeddingSum'].map((role) => [
        role,
        'EmbedLayerNormalization',
      ]),
      ...['attentionOutput', 'attentionResidualSum'].map((role) => [role, 'SkipLayerNormalization']),
      ['feedForwardInner', 'BiasGelu'],
      ...['feedForwardOutput', 'feedForwardResidualSum'].map((role) => [role, 'SkipLayerNormalization']),
    ]);
  });

  it('name the way to a head that is missing', () => {
    const facts = factsOf(bert(torch, { head: 'none' }).writer.bytes());
    expect(facts.roles.find(({ role }) => role === 'maskedWordLogits')).toMatchObject({
      how: 'missing',
      reason: expect.stringContaining('--task fill-mask') as string,
    });
  });

  it('list every role as missing where attention cannot be had', () => {
    const graph = new GraphWriter();
    graph.inputs.push(value('x', types.float32, ['batch', 'sequence', 8]));
    graph.nodes.push(node('PackedAttention', ['x'], ['y'], {}, 'com.microsoft'));
    graph.output('z', 'y', types.float32);
    const facts = factsOf(graph.model(17), { num_hidden_layers: 3, architectures: ['GPT2LMHeadModel'] });
    expect(facts.attention).toMatchObject([{ stack: 'decoder', layer: 0, heads: null, how: 'missing' }]);
    expect(facts.roles.map(({ role, layer }) => [role, layer])).toEqual([
      ...stackRoles.map((role) => [role, null]),
      ...[0, 1, 2].flatMap((layer) => layerRoles.map((role) => [role, layer])),
    ]);
    expect(
      facts.roles.every(({ how, reason }) => how === 'missing' && reason!.includes('PackedAttention')),
    ).toBe(true);
  });

  it('list nothing for a graph that is no Transformer', () => {
    const graph = new GraphWriter();
    graph.inputs.push(value('x', types.float32, ['batch', 4]));
    graph.output('y', graph.op('Softmax', [graph.op('Relu', ['x'])], { axis: 1 }), types.float32);
    const { attention, roles, layers } = factsOf(graph.model(17));
    expect({ attention, roles, layers }).toEqual({ attention: [], roles: [], layers: null });
  });

  it('describe the Transformer for a drawing', () => {
    const variant = { norm: 'before', activation: 'gelu', positions: 'learned' } as const;
    const facts = factsOf(encoderDecoder(torch, variant).writer.bytes());
    const [encoder, decoder] = facts.architecture!.stacks;
    const { vocabulary, hidden, heads, inner } = sizes;
    const norm = { placement: 'before', kind: 'layer' };
    expect(encoder).toMatchObject({
      kind: 'encoder',
      hiddenSize: hidden,
      hasFinalNorm: true,
      embeddings: { token: { rows: vocabulary, width: hidden }, segment: null, positions: ['learned'] },
    });
    expect(encoder!.layers).toHaveLength(2);
    expect(decoder!.layers[1]).toEqual({
      attention: { heads, norm, window: null },
      crossAttention: { heads, norm, window: null },
      feedForward: { norm, innerSize: inner, activation: 'gelu', isGated: false },
      isParallel: false,
      sharesNorm: false,
    });
    expect(facts.architecture!.heads).toEqual([{ kind: 'nextToken', size: vocabulary }]);
    const head = facts.architecture!.weights.find(({ block }) => block === 'head')!;
    expect(head).toMatchObject({ head: 0, stack: null, tiedTo: ['embeddings'] });
    const counted = facts.architecture!.weights.reduce((sum, { parameters }) => sum + parameters, 0);
    expect(counted).toBe(encoderDecoder(torch, variant).parameters);
    expect(JSON.stringify(facts.architecture)).not.toMatch(/tensor|MatMul/);
    expect(facts.fileSize).toBeGreaterThan(counted * 4);
  });

  it('tell weights that all layers share, and sublayers side by side', () => {
    const shared = factsOf(albert(torch).writer.bytes()).architecture!;
    const ofLayers = shared.weights.filter(({ block }) => ['attention', 'feedForward'].includes(block));
    expect(ofLayers.map(({ layers }) => layers)).toEqual([
      [0, 1, 2],
      [0, 1, 2],
    ]);
    expect(shared.stacks[0]!.embeddings).toMatchObject({ hasProjection: true, hasNorm: true });
    const beside = factsOf(parallel(torch, 'twoNorms').writer.bytes()).architecture!;
    expect(beside.stacks[0]!.layers.map(({ isParallel, sharesNorm }) => [isParallel, sharesNorm])).toEqual([
      [true, false],
      [true, false],
    ]);
    const one = factsOf(parallel(torch, 'oneNorm').writer.bytes()).architecture!;
    expect(one.stacks[0]!.layers.every(({ sharesNorm }) => sharesNorm)).toBe(true);
    expect(shared.stacks[0]!.layers.some(({ isParallel }) => isParallel)).toBe(false);
  });

  it('take no table of positions for that of the tokens', () => {
    const { vocabulary, hidden, positions } = sizes;
    const facts = factsOf(gpt2({ opset: 14, norm: 'torch' }, 'input').writer.bytes());
    expect(facts).toMatchObject({ vocabularySize: vocabulary, hiddenSize: hidden, inputs: [{}, {}] });
    expect(positions).toBeGreaterThan(vocabulary);
  });

  it('tell a damaged constant, and what is known without it', () => {
    const { writer, stacks } = bert(torch);
    // One number of four bytes that has two.
    writer.initializers.push(tensorOf('exponent', [], types.float32, bytes(9, [1, 2])));
    const squares = writer.op('Pow', [stacks[0]!.output, 'exponent']);
    writer.give('root', writer.op('Sqrt', [writer.op('ReduceMean', [squares], { axes: [-1] })]));
    const facts = factsOf(writer.bytes());
    expect(facts).toMatchObject({ attention: [{}, {}], roles: [], layers: null });
    expect(facts.missing).toContainEqual({
      part: 'onnx',
      message: expect.stringContaining('exponent') as string,
    });
  });

  it('are summed up in plain text', () => {
    const lines = factsText(factsOf(fusedBert('gelu', false).writer.bytes())).split('\n');
    expect(lines).toContainEqual(expect.stringMatching(/^attention +2 x encoder, 2 heads each, present$/));
    // Of 9 + 2 · 18 tensors 4 + 2 · 5 are computed again; projection, bias, final norm and the two gates are not there.
    expect(lines).toContainEqual(
      expect.stringMatching(/^tensors, encoder +26 present, 14 recomputed, 5 missing$/),
    );
    expect(lines.filter((line) => line.includes('feedForwardGate'))).toHaveLength(1);
  });
});
