import { Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import { findArchitecture } from '../../../src/engine/onnx/architecture/architecture';
import { findAttention } from '../../../src/engine/onnx/attention';
import { OnnxFormatError } from '../../../src/engine/onnx/errors';
import { headSwitches, type HeadSwitch } from '../../../src/engine/onnx/headSwitches';
import { readOnnxModel } from '../../../src/engine/onnx/model';
import { buildSidecar } from '../../../src/engine/onnx/sidecar';
import { exportFile, exportNames, feedsOf, numbersOf, readReference } from './exportReferences';
import { largestDifference, openSidecar } from './runtime';

/** Heads that are integers. */
const without: readonly string[] = ['bert-qoperator'];

function switchesOf(name: string): ReturnType<typeof headSwitches> & { outputs: string[] } {
  const model = readOnnxModel(exportFile(name));
  const { stacks } = findArchitecture(model, findAttention(model));
  const output = model.outputs[0]!.name;
  return { ...headSwitches(model, stacks.at(-1)!.layers), outputs: [output] };
}

describe.each(exportNames.filter((name) => !without.includes(name)))('switches of heads: %s', (name) => {
  it('leave the numbers as they are, and change them when one is off', async () => {
    const { edit, switches, outputs } = switchesOf(name);
    const model = readOnnxModel(exportFile(name));
    const [plain, switched] = await Promise.all(
      [{ outputs }, { ...edit, outputs }].map((each) => openSidecar(buildSidecar(model, each), false)),
    );
    const feeds = feedsOf(readReference(name));
    const fed = (off: HeadSwitch | null): Record<string, Tensor> => ({
      ...feeds,
      ...Object.fromEntries(
        switches.map(({ input, heads }) => {
          const on = Uint8Array.from({ length: heads }, (_, head) =>
            off?.input === input && head === 0 ? 0 : 1,
          );
          return [input, new Tensor('bool', on, [heads, 1])];
        }),
      ),
    });
    const run = async (session: typeof plain, off: HeadSwitch | null): Promise<Float32Array> =>
      numbersOf((await session!.run(session === plain ? feeds : fed(off)))[outputs[0]!] as Tensor);
    const own = await run(plain, null);
    expect(largestDifference(await run(switched, null), own)).toBe(0);
    expect(switches.length).toBeGreaterThan(0);
    for (const each of switches) {
      expect(largestDifference(await run(switched, each), own)).toBeGreaterThan(0);
    }
  });
});

it.each(without)('%s says why its heads cannot be switched off', (name) => {
  expect(() => switchesOf(name)).toThrow(OnnxFormatError);
});
