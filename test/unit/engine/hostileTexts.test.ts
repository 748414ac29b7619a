import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { fill } from '../../../src/engine/inspections/fill';
import { score } from '../../../src/engine/inspections/score';
import { tokens } from '../../../src/engine/inspections/tokens';
import { word } from '../../../src/engine/inspections/word';
import { ModelStore } from '../../../src/engine/models/store';
import { SessionCache } from '../../../src/engine/sessions';
import { awkwardTexts } from './tokenizers/awkwardTexts';

const folder = path.resolve('media/models/bert-tiny-en-zh');
const model = new ModelStore().open(folder);
const sessions = new SessionCache();
const context = { signal: new AbortController().signal, progress: () => {} };

describe('texts that nobody expects', () => {
  it(
    'ten megabytes of text are counted whole, and the first tokens given',
    { timeout: 120_000 },
    async () => {
      const line = 'naïve 😀 cafés 我很高兴\r\n';
      const text = line.repeat(Math.ceil(2 ** 20 / line.length));
      const one = await tokens(model, { model: folder, text: line }, context.signal);
      const all = await tokens(model, { model: folder, text, most: 100 }, context.signal);
      expect(all.counts.ofText).toBe(one.counts.ofText * (text.length / line.length));
      expect(all.tokens).toHaveLength(100);
      expect(text.slice(all.tokens[99]!.start!, all.tokens[99]!.end!).length).toBeGreaterThan(0);
    },
  );

  it('a mask is where it was in every awkward text, and the words around it keep their places', async () => {
    for (const text of awkwardTexts) {
      const masked = `${text} [MASK] ${text}`;
      const { masks } = await fill(model, sessions, { model: folder, text: masked, topK: 1 }, context);
      expect(masks.map(({ start, end }) => masked.slice(start, end))).toEqual(['[MASK]']);
      expect(masks[0]!.start).toBe(text.length + 1);
    }
  });

  it('a word of every awkward text is found where it stands, with a probability', async () => {
    for (const text of awkwardTexts) {
      const offset = /\p{L}/u.exec(text)?.index;
      if (offset === undefined) continue;
      const found = await word(model, sessions, { model: folder, text, offset, topK: 1 }, context);
      expect(found.start).toBeLessThanOrEqual(offset);
      expect(found.end).toBeGreaterThan(offset);
      expect(found.logProbability).toBeLessThanOrEqual(0);
    }
  });

  it('bytes of a file that is no text are scored, or have a reason', async () => {
    const binary = Array.from({ length: 600 }, (_, at) => String.fromCharCode((at * 7919) % 256)).join('');
    const { scores, tokens: read } = await score(model, sessions, { model: folder, text: binary }, context);
    expect(scores).toHaveLength(read.length);
    await expect(
      score(model, sessions, { model: folder, text: '\u0000\u0001 \r\n' }, context),
    ).rejects.toMatchObject({ code: 'NoTokens' });
  });
});
