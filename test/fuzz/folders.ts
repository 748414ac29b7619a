/** Damaged tokenizers and configurations, read by a real engine: each answers or ends in a clear error. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { damagedText, writeDamaged } from '../support/damagedFolder';
import { endingOf, startEngine } from './engine';
import { search } from './search';

const folder = mkdtempSync(path.join(tmpdir(), 'headlight-fuzz-folders-'));
const engine = startEngine();

search(
  'folders',
  (index, below) => {
    const { model } = writeDamaged(folder, index, below);
    const ask = async (): Promise<unknown> => {
      await engine.request('facts', { model });
      return engine.request('tokens', { model, text: damagedText, pair: 'b' });
    };
    return { input: model, check: () => endingOf(ask(), ['TokenizerInvalid', 'ConfigInvalid']) };
  },
  () => engine.dispose(),
);
