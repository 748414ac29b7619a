import { describe, expect, it } from 'vitest';
import { AskedFor, settingsFrom } from '../../../src/host/features/attention/askedFor';

const usual = { model: null, window: 0, stride: 0, generates: false, comparedWith: null };
const word = { sequence: 0, start: 2, end: 5 };

describe('what attention is asked for beside its text', () => {
  it('is kept over a reload as it was', () => {
    for (const comparedWith of [
      null,
      { kind: 'model', model: '/models/mine' },
      { kind: 'texts', texts: ['a', 'b'] },
      { kind: 'masked', word, texts: ['a cup'] },
    ]) {
      const kept = { model: '/models/mine', window: 3, stride: 128, generates: true, comparedWith };
      expect(settingsFrom(JSON.parse(JSON.stringify(kept)))).toEqual(kept);
    }
  });

  it('is the usual where something else was kept', () => {
    for (const kept of [undefined, null, 7, 'all', [], {}]) expect(settingsFrom(kept)).toEqual(usual);
    expect(
      settingsFrom({ model: 1, window: -1, stride: 0.5, generates: 'yes', comparedWith: { kind: 'model' } }),
    ).toEqual(usual);
    for (const comparedWith of [
      { kind: 'texts', texts: [] },
      { kind: 'texts', texts: ['a', 'b', 'c'] },
      { kind: 'texts', texts: [1] },
      { kind: 'masked', texts: ['a'], word: { ...word, end: 'x' } },
      { kind: 'masked', texts: ['a'] },
      { kind: 'other' },
    ]) {
      expect(settingsFrom({ comparedWith })).toEqual(usual);
    }
  });

  it('begins with the first window of another text, and with the one that was kept', () => {
    const asked = new AskedFor();
    asked.restore({ ...usual, window: 2, stride: 64 });
    asked.turnTo({ text: 'a' });
    expect([asked.window, asked.stride]).toEqual([2, 64]);
    asked.anyway = true;
    asked.turnTo({ text: 'a' });
    expect([asked.window, asked.anyway]).toEqual([2, true]);
    asked.turnTo({ text: 'b' });
    expect([asked.window, asked.stride, asked.anyway]).toEqual([0, 64, false]);
  });

  it('opens a head once, each time by another name', () => {
    const asked = new AskedFor();
    const head = { stack: 'encoder', layer: 1, head: 2 } as const;
    const openings = [0, 1].map(() => {
      asked.open('/models/mine', head);
      return asked.takeHead();
    });
    expect(openings[0]).toMatchObject(head);
    expect(openings[0]!.opening).not.toBe(openings[1]!.opening);
    expect(asked.takeHead()).toBeNull();
    expect(asked.model).toBe('/models/mine');
  });
});
