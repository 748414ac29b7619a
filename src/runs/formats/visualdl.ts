import path from 'node:path';
import * as l10n from '@vscode/l10n';
import type { LogData } from '../logData';
import type { LogFormat } from './format';
import { eachField } from './protobuf';
import { appendedLog, type TakeRecords } from './readers';

/** VisualDL's records (PaddlePaddle): a length and a protobuf `Record`, without checksums. */
export const visualdl: LogFormat = {
  name: 'visualdl',
  mayBe: (name) => /^vdlrecords\..*\.log$/.test(name),
  begins: (head) => head.length < 8 || head.readUInt32LE(4) === 0,
  root: path.dirname,
  open: (file) => appendedLog(file, (data) => recordTaker(file, data)),
};

/** Bytes of one record: more is a broken length. */
const longestRecord = 2 ** 28;

function recordTaker(file: string, data: LogData): TakeRecords {
  return (bytes) => {
    const damaged = (): -1 => {
      data.problems.push({
        path: file,
        message: l10n.t('The file is damaged: a record cannot be read. What comes before it is shown.'),
      });
      return -1;
    };
    let at = 0;
    while (at + 8 <= bytes.length) {
      const length = bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32;
      if (length > longestRecord) return damaged();
      const end = at + 8 + length;
      if (end > bytes.length) break;
      try {
        eachField(bytes, at + 8, end, (field) => {
          if (field.number !== 1 || field.wire !== 2) return;
          let [step, tag, time] = [0, '', NaN];
          let value: number | null = null;
          eachField(bytes, field.start, field.end, (inner) => {
            if (inner.number === 1 && inner.wire === 0) step = inner.value;
            else if (inner.number === 2 && inner.wire === 2)
              tag = bytes.toString('utf8', inner.start, inner.end);
            else if (inner.number === 3 && inner.wire === 0) time = inner.value / 1000;
            else if (inner.number === 4 && inner.wire === 5) value = bytes.readFloatLE(inner.start);
          });
          if (value !== null) data.point(tag, step, value, time);
        });
      } catch {
        return damaged();
      }
      at = end;
    }
    return at;
  };
}
