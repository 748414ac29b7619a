import { describe, expect, it } from 'vitest';
import { findArchitecture } from '../../../src/engine/onnx/architecture/architecture';
import type { Architecture, TensorSource } from '../../../src/engine/onnx/architecture/types';
import { findAttention } from '../../../src/engine/onnx/attention';
import { readOnnxModel } from '../../../src/engine/onnx/model';
import { families } from '../../support/graphs/all';
import type { Family, StackNames } from '../../support/graphs/families';
import { sizes, type SublayerNames } from '../../support/graphs/transformerWriter';
import { scratchFolder } from './folder';

const folder = scratchFolder();

function open({ writer }: Family, name: string): ReturnType<typeof readOnnxModel> {
  return readOnnxModel(folder.write(`${name.replaceAll(/\W/g, '')}.onnx`, writer.bytes()));
}

/** The name of a tensor of the graph; undefined for what is computed again or missing. */
function nameOf(source: TensorSource): string | undefined {
  return source.how === 'present' ? source.tensor : undefined;
}

const sublayerNames = ({ output, residualSum, norm }: SublayerNames): object => ({
  output,
  residualSum,
  norm,
});

describe.each(families)('$name', ({ name, family, type }) => {
  const model = open(family, name);
  const found = findArchitecture(model, findAttention(model), {
    architectures: [],
    family: type ?? null,
    predictsNextToken: false,
  });

  it('has its stacks, layers and positions found', () => {
    const told = found.stacks.map(({ kind, embeddings, layers }) => [
      kind,
      layers.length,
      embeddings.positions,
    ]);
    expect(told).toEqual(
      family.stacks.map(({ kind, layers, positions }) => [kind, layers.length, positions]),
    );
  });

  it('has its embeddings found', () => {
    family.stacks.forEach(({ embeddings }, index) => {
      const { token, position, segment, sum, norm, projection } = found.stacks[index]!.embeddings;
      const names = { token, position, segment, sum, norm, projection };
      const expected = Object.fromEntries(
        Object.keys(names).map((role) => [role, embeddings[role as keyof typeof embeddings]]),
      );
      expect(
        Object.fromEntries(Object.entries(names).map(([role, source]) => [role, nameOf(source)])),
      ).toEqual(expected);
    });
  });

  it('has each layer’s tensors found', () => {
    family.stacks.forEach((stack, index) => {
      stack.layers.forEach((layer, at) => {
        const one = found.stacks[index]!.layers[at]!;
        for (const part of ['attention', 'crossAttention'] as const) {
          const expected = layer[part];
          expect(one[part] === undefined).toBe(expected === undefined);
          if (!expected) continue;
          expect(namesOfSublayer(one[part]!)).toEqual(sublayerNames(expected));
          expect(nameOf(one[part]!.concatenatedHeads)).toBe(expected.concatenatedHeads);
        }
        const { inner, gated, activated, activation } = one.feedForward;
        expect(namesOfSublayer(one.feedForward)).toEqual(sublayerNames(layer.feedForward));
        expect([inner, gated, activated].map(nameOf)).toEqual([
          layer.feedForward.inner,
          layer.feedForward.gated,
          layer.feedForward.activated,
        ]);
        expect([activation, one.feedForward.isGated]).toEqual([stack.activation, stack.gated ?? false]);
        expect(nameOf(one.hiddenState)).toBe(layer.hiddenState);
        expect(placesOfNorms(one)).toEqual(
          placesOfNorms(one).map(() => [stack.normPlacement, stack.normKind]),
        );
      });
    });
  });

  it('has its sizes found', () => {
    const { hidden, inner, vocabulary } = sizes;
    for (const { embeddings, layers, hiddenSize } of found.stacks) {
      expect([embeddings.rows.token, hiddenSize]).toEqual([vocabulary, hidden]);
      expect(layers.map(({ feedForward }) => feedForward.innerSize)).toEqual(layers.map(() => inner));
      const isProjected = embeddings.projection.how !== 'missing';
      expect(embeddings.width === hidden).toBe(!isProjected);
    }
  });

  it('has its ends found', () => {
    expect(found.stacks.map(({ finalNorm, output }) => [nameOf(finalNorm), nameOf(output)])).toEqual(
      family.stacks.map(({ finalNorm, output }: StackNames) => [finalNorm, output]),
    );
    expect(nameOf(found.pooler)).toBe(family.pooler);
    expect(Object.fromEntries(found.heads.map(({ kind, logits }) => [kind, logits]))).toEqual(
      family.heads ?? {},
    );
  });

  it('has every weight counted once', () => {
    expect(found.weights.reduce((sum, { parameters }) => sum + parameters, 0)).toBe(family.parameters);
  });
});

type Layer = Architecture['stacks'][number]['layers'][number];

function namesOfSublayer({ output, residualSum, norm }: Layer['attention'] | Layer['feedForward']): object {
  return { output: nameOf(output), residualSum: nameOf(residualSum), norm: nameOf(norm) };
}

function placesOfNorms({ attention, crossAttention, feedForward }: Layer): unknown[] {
  return [attention, ...(crossAttention ? [crossAttention] : []), feedForward].map(
    ({ normPlacement, normKind }) => [normPlacement, normKind],
  );
}
