/** Logs read the way one would write it first: what Headlight's readers are measured against. */
import { readFileSync } from 'node:fs';
import path from 'node:path';

interface Points {
  steps: number[];
  values: number[];
  wallTimes: number[];
}

/** The points of a log by their tags; event files without a look at their checksums. */
export function loadPlainly(file: string): Map<string, Points> {
  const found = new Map<string, Points>();
  const point = (tag: string, step: number, value: number, wallTime: number): void => {
    let points = found.get(tag);
    if (!points) found.set(tag, (points = { steps: [], values: [], wallTimes: [] }));
    points.steps.push(step);
    points.values.push(value);
    points.wallTimes.push(wallTime);
  };
  const loader = { '.json': loadState, '.csv': loadTable }[path.extname(file)] ?? loadEvents;
  loader(file, point);
  return found;
}

type Point = (tag: string, step: number, value: number, wallTime: number) => void;

function loadEvents(file: string, point: Point): void {
  const bytes = readFileSync(file);
  for (let at = 0; at < bytes.length;) {
    const end = at + 12 + Number(bytes.readBigUInt64LE(at));
    const event = fieldsOf(bytes.subarray(at + 12, end));
    const wallTime = (event.get(1) as Buffer).readDoubleLE();
    const summary = event.get(5);
    if (Buffer.isBuffer(summary)) {
      const value = fieldsOf(fieldsOf(summary).get(1) as Buffer);
      const tag = String(value.get(1));
      point(tag, Number(event.get(2) ?? 0), (value.get(2) as Buffer).readFloatLE(), wallTime);
    }
    at = end + 4;
  }
}

/** The fields of a protobuf message: numbers of varints, bytes of all others. */
function fieldsOf(bytes: Buffer): Map<number, number | Buffer> {
  const fields = new Map<number, number | Buffer>();
  let at = 0;
  const varint = (): number => {
    let [value, scale] = [0, 1];
    for (;;) {
      const byte = bytes[at++]!;
      value += (byte & 127) * scale;
      scale *= 128;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const key = varint();
    const wire = key & 7;
    if (wire === 0) fields.set(key >>> 3, varint());
    else {
      const length = wire === 1 ? 8 : wire === 5 ? 4 : varint();
      fields.set(key >>> 3, bytes.subarray(at, at + length));
      at += length;
    }
  }
  return fields;
}

function loadState(file: string, point: Point): void {
  const { log_history: rows } = JSON.parse(readFileSync(file, 'utf8')) as {
    log_history: Record<string, number>[];
  };
  for (const row of rows)
    for (const [tag, value] of Object.entries(row)) if (tag !== 'step') point(tag, row.step!, value, NaN);
}

function loadTable(file: string, point: Point): void {
  const [header = '', ...lines] = readFileSync(file, 'utf8').split('\r\n');
  const columns = header.split(',');
  const stepColumn = columns.indexOf('step');
  for (const line of lines) {
    const cells = line.split(',');
    cells.forEach((cell, index) => {
      if (cell !== '' && index !== stepColumn)
        point(columns[index]!, Number(cells[stepColumn]), Number(cell), NaN);
    });
  }
}
