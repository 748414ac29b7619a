import path from 'node:path';
import * as l10n from '@vscode/l10n';
import type { LogData } from '../logData';
import { maskedCrc32c } from './crc32c';
import { EventReader } from './events';
import type { LogFormat } from './format';
import { PlainScalars } from './plainScalars';
import { appendedLog, type TakeRecords } from './readers';

/** Folders that writers make for the parts of one training. */
const part = /^(train|training|validation|val|eval|test)$/;

/** Event files of TensorBoard: records with checksums, each a protobuf `Event`. */
export const tensorboard: LogFormat = {
  name: 'tensorboard',
  mayBe: (name) => name.includes('tfevents'),
  // An empty file is one that a writer has just opened.
  begins: (head) => head.length < 12 || maskedCrc32c(head, 0, 8) === head.readUInt32LE(8),
  root(file) {
    const folder = path.dirname(file);
    return part.test(path.basename(folder)) ? path.dirname(folder) : folder;
  },
  prefix(file) {
    const folder = path.basename(path.dirname(file));
    return part.test(folder) ? `${folder}/` : '';
  },
  open: (file, { checkData }) => appendedLog(file, (data) => recordTaker(file, data, checkData)),
};

/** Bytes of one record: more is no event but a broken length. */
const longestRecord = 2 ** 28;

/** Problems of one file that are told. */
const mostProblems = 20;

/** The checksums of the lengths that nearly all records have, as they stand in the file after a length. */
const checksums = Uint32Array.from({ length: 256 }, (_, length) => {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32LE(length);
  return maskedCrc32c(bytes);
});

function recordTaker(file: string, data: LogData, checkData: boolean): TakeRecords {
  const scalars = new PlainScalars(data);
  const events = new EventReader(data);
  const tell = (message: string): void => void data.problems.push({ path: file, message });
  /** One record of a file that is damaged, of which many may be. */
  const leaveOut = (message: string): void => {
    if (data.problems.length < mostProblems) tell(message);
  };
  return (bytes) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let at = 0;
    while (at + 12 <= bytes.length) {
      const length = view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
      const expected = length < checksums.length ? checksums[length] : maskedCrc32c(bytes, at, at + 8);
      if (view.getUint32(at + 8, true) !== expected || length > longestRecord) {
        tell(l10n.t('The file is damaged: a record has a wrong checksum. What comes before it is shown.'));
        return -1;
      }
      const start = at + 12;
      const end = start + length;
      if (end + 4 > bytes.length) break;
      at = end + 4;
      if (checkData && view.getUint32(end, true) !== maskedCrc32c(bytes, start, end)) {
        leaveOut(l10n.t('A record has a wrong checksum and was left out.'));
        continue;
      }
      if (scalars.read(bytes, view, start, end)) continue;
      try {
        events.read(bytes, start, end);
      } catch {
        leaveOut(l10n.t('A record could not be read and was left out.'));
      }
    }
    return at;
  };
}
