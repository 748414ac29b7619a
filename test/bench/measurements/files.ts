import { mkdtempSync, rmSync, writeFileSync, appendFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { repositoryRoot } from '../../support/paths';
import { nextMessage, startChild } from '../childProcess';
import { takeTurns, type Measurement, type Row } from '../measurement';

const megabyte = 1e6;

/** The peak of memory while a long file is masked, or mapped and mapped back, over that of a quarter; a process each. */
export const files: Measurement = {
  name: 'files',
  async measure() {
    const folder = mkdtempSync(path.join(tmpdir(), 'headlight-bench-files-'));
    try {
      return [
        await peaks(
          folder,
          'mask',
          16,
          () => `The keeper of house ${number()} counted ships, ${number()} 艘船。\n`,
        ),
        await peaks(folder, 'map', 128, () => `${number()} ${number()}|,|${number()}\t${number()}\r\n`),
      ];
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
};

/** A number of up to five digits, the small ones the most often. */
function number(): number {
  return Math.floor(10 ** (Math.random() * 5));
}

async function peaks(folder: string, work: string, megabytes: number, line: () => string): Promise<Row> {
  const peak = async (size: number): Promise<number> => {
    const file = path.join(folder, work);
    writeFileSync(file, '');
    const block = Array.from({ length: 20_000 }, line).join('');
    for (let written = 0; written < size * megabyte; written += Buffer.byteLength(block))
      appendFileSync(file, block);
    const model = path.join(repositoryRoot, 'media/models/bert-tiny-en-zh');
    const child = startChild('files', [work, model, file]);
    try {
      return (await nextMessage<number>(child)) / megabyte;
    } finally {
      child.kill();
    }
  };
  const rounds = await takeTurns(1, { value: () => peak(megabytes), baseline: () => peak(megabytes / 4) });
  return {
    what: `peak of memory, ${work === 'mask' ? 'masking' : 'mapping there and back'} a file of ${megabytes} MB`,
    over: `a file of ${megabytes / 4} MB`,
    unit: 'MB',
    pairs: rounds,
    aim: { of: 'ratio', atMost: 1.25 },
  };
}
