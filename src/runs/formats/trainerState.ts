import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { numberOf, type LogData } from '../logData';
import type { LogFormat } from './format';
import { isRecord, parseLooseJson } from './looseJson';
import { rewrittenLog } from './readers';

const checkpoint = /^(checkpoint-\d+|last-checkpoint)$/;

/** `trainer_state.json` of the Hugging Face Trainer, in its output folder or in a checkpoint. */
export const trainerState: LogFormat = {
  name: 'trainerState',
  mayBe: (name) => name === 'trainer_state.json',
  begins: (head) => /^\s*\{/.test(head.toString('utf8').replace(/^\uFEFF/, '')),
  root(file) {
    const folder = path.dirname(file);
    return checkpoint.test(path.basename(folder)) ? path.dirname(folder) : folder;
  },
  open: (file) =>
    rewrittenLog(
      file,
      (bytes, data) => {
        parse(bytes.toString('utf8'), data);
        addResults(resultsOf(file), data);
      },
      resultsOf(file),
    ),
};

/** What the Trainer's example scripts write beside the state at the end. */
function resultsOf(file: string): string[] {
  const names = ['train', 'eval', 'test', 'predict', 'all'];
  return names.map((name) => path.join(path.dirname(file), `${name}_results.json`));
}

/** Facts of the trainer that are settings and not results. */
const settings =
  /^(max_steps|num_train_epochs|train_batch_size|logging_steps|eval_steps|save_steps|trial_name)$/;

function parse(text: string, data: LogData): void {
  const state = parseLooseJson(text);
  if (!isRecord(state) || !Array.isArray(state.log_history)) throw new Error('"log_history" is missing.');
  for (const row of state.log_history as unknown[]) {
    if (!isRecord(row)) continue;
    const step = numberOf(row.step);
    if (step === null) continue;
    for (const [tag, value] of Object.entries(row)) {
      const number = tag === 'step' ? null : numberOf(value);
      if (number !== null) data.point(tag, step, number);
    }
  }
  for (const [name, value] of Object.entries(state)) {
    if (settings.test(name) && (typeof value === 'number' || typeof value === 'string'))
      data.hyperparameters[name] = value;
  }
  if (isRecord(state.trial_params))
    for (const [name, value] of Object.entries(state.trial_params))
      if (['string', 'number', 'boolean'].includes(typeof value))
        data.hyperparameters[name] = value as string | number | boolean;
  const step = numberOf(state.best_global_step) ?? stepOf(state.best_model_checkpoint);
  if (step !== null && numberOf(state.best_metric) !== null)
    data.best = { step, value: numberOf(state.best_metric) };
}

/** Adds results where the state lacks them. */
function addResults(files: string[], data: LogData): void {
  const known = new Set(data.series.map(({ tag }) => tag));
  const last = data.series.reduce((most, { steps }) => Math.max(most, steps.at(-1) ?? 0), 0);
  for (const file of files) {
    if (!existsSync(file)) continue;
    try {
      const results = parseLooseJson(readFileSync(file, 'utf8'));
      for (const [tag, value] of Object.entries(isRecord(results) ? results : {})) {
        const number = known.has(tag) ? null : numberOf(value);
        if (number === null) continue;
        known.add(tag);
        data.point(tag, last, number);
      }
    } catch (error) {
      data.problems.push({ path: file, message: error instanceof Error ? error.message : String(error) });
    }
  }
}

function stepOf(folder: unknown): number | null {
  const found = typeof folder === 'string' ? /checkpoint-(\d+)/.exec(folder) : null;
  return found ? Number(found[1]) : null;
}
