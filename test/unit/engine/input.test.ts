import { describe, expect, it } from 'vitest';
import { input } from '../../../src/engine/inspections/input';
import { ModelStore } from '../../../src/engine/models/store';
import { halfToFloat } from '../../../src/engine/onnx/halfFloat';
import { readInitializer } from '../../../src/engine/onnx/tensorData';
import { SessionCache } from '../../../src/engine/sessions';
import type { InputResult } from '../../../src/protocol/tensor';
import { embedded, embeddedFolders } from './references';

const store = new ModelStore();
const sessions = new SessionCache();
const context = { signal: new AbortController().signal, progress: () => {} };
const text = 'She went to school by bus.';
const pair = '我今天很高兴。';

function ask(model: string): Promise<InputResult> {
  return input(store.open(model), sessions, { model, text, pair }, context);
}

/** Rows of a table of the embedded model, as the file stores them, in float16. */
function rowsOf(table: RegExp): (row: number) => number {
  const { onnx } = store.open(embedded).graph;
  const name = [...onnx.initializers.keys()].find((each) => table.test(each))!;
  const [, columns] = onnx.initializers.get(name)!.dims;
  const values = Float64Array.from(readInitializer(onnx, name, 2 ** 30) as Uint16Array, halfToFloat);
  return (row) => {
    const numbers = Array.from({ length: columns! }, (_, at) => values[row * columns! + at]!);
    return Math.sqrt(numbers.reduce((sum, each) => sum + each ** 2, 0));
  };
}

describe('the embeddings of the input', () => {
  it('are the rows of the file’s tables by token id, segment id and position, and add up', async () => {
    const { tokens, parts, missing, difference } = await ask(embedded);
    expect(missing).toEqual([]);
    expect(parts.map(({ role }) => role)).toEqual([
      ...['tokenEmbedding', 'segmentEmbedding', 'positionEmbedding', 'embeddingSum'],
    ]);
    const tables = [
      { norm: rowsOf(/word_embeddings/), key: 'id' },
      { norm: rowsOf(/token_type_embeddings/), key: 'segmentId' },
      { norm: rowsOf(/position_embeddings/), key: 'positionId' },
    ] as const;
    tables.forEach(({ norm, key }, part) => {
      const { norms, rows } = parts[part]!.picture;
      tokens.forEach((token, index) => {
        expect(norms[rows === 1 ? 0 : index]).toBeCloseTo(norm(token[key]), 4);
      });
    });
    expect(difference).toBeLessThan(1e-5);
  });

  it.each(embeddedFolders)('can be had, or have a reason, of %s', async (folder) => {
    const { parts, missing, tokens } = await ask(folder);
    expect(parts.length + missing.length).toBe(4);
    for (const { picture } of parts) expect([1, tokens.length]).toContain(picture.rows);
    for (const { reason } of missing) expect(reason).not.toBe('');
  });
});
