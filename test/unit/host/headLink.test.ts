import { describe, expect, it } from 'vitest';
import {
  checkOf,
  isFileHere,
  mostLinkedText,
  readHeadLink,
  writeHeadLink,
  type HeadLink,
} from '../../../src/host/features/attention/headLink';

const link: HeadLink = {
  model: 'bert-tiny-en-zh',
  text: {
    kind: 'file',
    uri: 'file:///home/ada/%E4%B8%AD%E6%96%87%20%26%20more%23.md',
    ranges: [{ start: 4, end: 60 }],
    check: checkOf(['The lighthouse keeper']),
  },
  ...{ window: 2, stride: 64, generates: false, stack: 'encoder', layer: 5, head: 11 },
};

/** The link with some parts in the place of its own. */
const altered = (parts: Record<string, unknown>): string => JSON.stringify({ version: 1, ...link, ...parts });
const inFile = (parts: Record<string, unknown>): string => altered({ text: { ...link.text, ...parts } });
const withTexts = (...texts: unknown[]): string => altered({ text: { kind: 'text', texts } });

describe('a link to a head', () => {
  it('is read as it was written', () => {
    expect(readHeadLink(writeHeadLink(link))).toEqual(link);
    const pair: HeadLink = { ...link, text: { kind: 'text', texts: ['A & B = 100 %?', '“C” # +\n你好'] } };
    expect(readHeadLink(writeHeadLink(pair))).toEqual(pair);
  });

  it('of a file holds none of its text, and tells that it has changed', () => {
    expect(writeHeadLink(link)).not.toContain('keeper');
    expect(checkOf(['a', 'b'])).not.toBe(checkOf(['ab']));
    expect(checkOf(['a'])).toMatch(/^[\da-f]{8}$/);
  });

  it('takes nothing along that a link does not hold', () => {
    const more = JSON.stringify({ version: 1, ...link, command: 'rm', text: { ...link.text, texts: ['x'] } });
    expect(readHeadLink(more)).toEqual(link);
  });

  it.each([
    ['nothing', ''],
    ['no JSON', '{"version":1'],
    ['no object', '"link"'],
    ['null', 'null'],
    ['another version', altered({ version: 2 })],
    ['no model', altered({ model: undefined })],
    ['a model without a name', altered({ model: '' })],
    ['a model on two lines', altered({ model: 'bert\nClick here' })],
    ['a model whose name runs backwards', altered({ model: 'bert\u202exe' })],
    ['an endless name', altered({ model: 'a'.repeat(5000) })],
    ['a model that is a list', altered({ model: ['bert-tiny-en-zh'] })],
    ['another stack', altered({ stack: '__proto__' })],
    ['a head before the first', altered({ head: -1 })],
    ['half a layer', altered({ layer: 0.5 })],
    ['a head as text', altered({ head: '11' })],
    ['a head beyond all numbers', altered({ head: 1e300 })],
    ['no stride', altered({ stride: null })],
    ['neither yes nor no', altered({ generates: 1 })],
    ['no text', altered({ text: null })],
    ['a text of another kind', altered({ text: { ...link.text, kind: 'command' } })],
    ['a range that ends before it starts', inFile({ ranges: [{ start: 9, end: 3 }] })],
    ['an empty range', inFile({ ranges: [{ start: 3, end: 3 }] })],
    ['a range before the file', inFile({ ranges: [{ start: -3, end: 3 }] })],
    ['three ranges', inFile({ ranges: [0, 1, 2].map((start) => ({ start, end: 9 })) })],
    ['no range', inFile({ ranges: [] })],
    ['no check', inFile({ check: '' })],
    ['no file', inFile({ uri: 7 })],
    ['a file whose name runs backwards', inFile({ uri: 'file:///home/ada/%E2%80%AEdm.exe' })],
    ['a file on two lines', inFile({ uri: 'file:///home/ada/%E2%80%A8Click' })],
    ['a blank text', withTexts('  \n')],
    ['no texts', withTexts()],
    ['three texts', withTexts('a', 'b', 'c')],
    ['a text that is none', withTexts(['a'])],
    ['a huge text', withTexts('a'.repeat(mostLinkedText), 'b')],
    ['more than a link can be', `${altered({})}${' '.repeat(20_000)}`],
  ])('is refused with %s', (_, query) => {
    expect(readHeadLink(query)).toBeNull();
  });

  it('names files of this machine alone', () => {
    for (const uri of ['file:///home/ada/a.md', 'file:///c%3A/Users/ada/a%20b.md']) {
      expect(isFileHere(uri), uri).toBe(true);
    }
    for (const uri of [
      'https://example.com/a.md',
      'command:workbench.action.quit',
      'untitled:Untitled-1',
      'vscode-remote://ssh-remote+elsewhere/home/a.md',
      'vscode-userdata:/User/settings.json',
      'file://server/share/a.md',
      'file:////server/share/a.md',
      'file:///%2Fserver/share/a.md',
      'file:///%5C%5Cserver%5Cshare%5Ca.md',
      'file:///\\server\\share\\a.md',
      'file:/home/a.md',
      'file:///a%0Ab.md',
      'file:///a%ff.md',
      '/home/ada/a.md',
    ]) {
      expect(isFileHere(uri), uri).toBe(false);
      expect(readHeadLink(inFile({ uri })), uri).toBeNull();
    }
  });
});
