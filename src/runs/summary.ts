import { open, stat } from 'node:fs/promises';
import { bestOfRun } from '../core/runNotices';
import type { CallContext } from '../core/rpc';
import type { Run, RunSummary } from '../protocol/runs';
import { maskedCrc32c } from './formats/crc32c';
import { eachField } from './formats/protobuf';
import { lastWritten, type RunFiles } from './search';

/** Logs of up to so many bytes are read through; of larger ones only the start and the end. */
const smallBytes = 4 * 2 ** 20;
const endBytes = 2 ** 18;

/**
 * What a run has come to, without reading more than a few megabytes: of large logs the last step, and the best value
 * where the trainer wrote it down itself.
 * @param read reads a run through, or the several that one file holds.
 */
export async function summaryOf(
  files: RunFiles,
  read: (context: CallContext) => Promise<Run[]>,
  context: CallContext,
): Promise<RunSummary> {
  const states = await Promise.all(
    files.files.map(async (file) => ({
      file,
      size: (await stat(file)).size,
      modified: lastWritten(files.logFormat, file),
    })),
  );
  const modified = states.reduce((latest, state) => Math.max(latest, state.modified), 0);
  const bytes = states.reduce((sum, { size }) => sum + size, 0);
  if (bytes <= smallBytes) {
    const runs = await read(context);
    const steps = runs.flatMap(({ series }) => series.map(({ steps }) => steps.at(-1) ?? 0));
    const [only] = runs.length === 1 ? runs : [];
    const planned = only?.hyperparameters.max_steps;
    return {
      modified,
      lastStep: steps.length > 0 ? Math.max(...steps) : null,
      plannedSteps: typeof planned === 'number' && planned > 0 ? planned : null,
      best: only ? bestOfRun(only, null) : null,
    };
  }
  const latest = states.reduce((best, state) => (state.modified > best.modified ? state : best));
  const [start, end] = await endsOf(latest.file, latest.size);
  if (files.format === 'trainerState')
    return { modified, ...ofTrainerState(start.toString(), end.toString()) };
  const lastStep = files.format === 'tensorboard' ? lastStepOf(end) : null;
  return { modified, lastStep, plannedSteps: null, best: null };
}

async function endsOf(file: string, size: number): Promise<[start: Buffer, end: Buffer]> {
  const handle = await open(file);
  try {
    const part = async (from: number): Promise<Buffer> => {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(endBytes), 0, endBytes, from);
      return buffer.subarray(0, bytesRead);
    };
    return [await part(0), await part(Math.max(0, size - endBytes))];
  } finally {
    await handle.close();
  }
}

/** The Trainer writes its keys in alphabetical order: what it knows is before and after the long `log_history`. */
function ofTrainerState(start: string, end: string): Omit<RunSummary, 'modified'> {
  const before = start.slice(0, start.indexOf('"log_history"'));
  const numberAt = (text: string, key: string): number | null => {
    const found = new RegExp(`"${key}":\\s*(-?[\\d.]+(e[-+]?\\d+)?)`, 'i').exec(text);
    return found ? Number(found[1]) : null;
  };
  const value = numberAt(before, 'best_metric');
  const checkpoint = /"best_model_checkpoint":\s*"[^"]*checkpoint-(\d+)"/.exec(before);
  const step = numberAt(before, 'best_global_step') ?? (checkpoint ? Number(checkpoint[1]) : null);
  return {
    lastStep: numberAt(before, 'global_step'),
    plannedSteps: numberAt(end, 'max_steps'),
    best: value === null || step === null ? null : { by: 'trainer', tag: null, step, value, less: true },
  };
}

/** The largest step of the records in the last part of an event file; null when none is whole there. */
export function lastStepOf(end: Buffer): number | null {
  let last: number | null = null;
  let at = 0;
  while (at + 16 <= end.length) {
    const length = Number(end.readBigUInt64LE(at));
    const stop = at + 12 + length;
    // The part may begin within a record: the first length whose checksum is right begins another.
    if (stop + 4 > end.length || end.readUInt32LE(at + 8) !== maskedCrc32c(end, at, at + 8)) at++;
    else {
      eachField(end, at + 12, stop, ({ number, wire, value }) => {
        if (number === 2 && wire === 0) last = Math.max(last ?? 0, value);
      });
      at = stop + 4;
    }
  }
  return last;
}
