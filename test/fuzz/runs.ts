/** Damaged training logs of every format: each is read as far as it can be, or ends in a clear error. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { damagedLog } from '../support/damagedLogs';
import { search } from './search';

const folder = path.join(mkdtempSync(path.join(tmpdir(), 'headlight-fuzz-runs-')), 'log');

search('runs', (_, below) => damagedLog(folder, below));
