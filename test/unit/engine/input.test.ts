import { describe, expect, it } from 'vitest';
import { input } from '../../../src/engine/inspections/input';
import { ModelStore } from '../../../src/engine/models/store';
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

/** Norms of the rows of a table of the embedded model, as the file stores them: in float32, or in int8 by row. */
function rowsOf(table: string): (row: number) => number {
  const { onnx } = store.open(embedded).graph;
  const read = (name: string): number[] => [...(readInitializer(onnx, name, 2 ** 30) as Int8Array)];
  const weight = `bert.embeddings.${table}.weight`;
  const isPlain = onnx.initializers.has(weight);
  const stored = isPlain ? weight : `${weight}_quantized`;
  const values = read(stored);
  const [scales, zeros] = isPlain ? [[], []] : [read(`${weight}_scale`), read(`${weight}_zero_point`)];
  const columns = onnx.initializers.get(stored)!.dims[1]!;
  return (row) => {
    const numbers = values.slice(row * columns, (row + 1) * columns);
    const exact = isPlain ? numbers : numbers.map((each) => (each - zeros[row]!) * scales[row]!);
    return Math.hypot(...exact);
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
      { norm: rowsOf('word_embeddings'), key: 'id' },
      { norm: rowsOf('token_type_embeddings'), key: 'segmentId' },
      { norm: rowsOf('position_embeddings'), key: 'positionId' },
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
    const { parts, missing, tokens, difference } = await ask(folder);
    expect(parts.length + missing.length).toBe(4);
    for (const { picture } of parts) expect([1, tokens.length]).toContain(picture.rows);
    expect(difference).toBeLessThan(1e-4);
    for (const { reason } of missing) expect(reason).not.toBe('');
  });
});
