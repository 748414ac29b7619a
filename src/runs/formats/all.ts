import { csv, lightning } from './delimited';
import type { LogFormat } from './format';
import { jsonl } from './jsonl';
import { mlflow } from './mlflow';
import { tensorboard } from './tensorboard';
import { trackio } from './trackio';
import { trainerState } from './trainerState';
import { visualdl } from './visualdl';

/** The formats, the more particular first. */
export const formats: readonly LogFormat[] = [
  trainerState,
  tensorboard,
  lightning,
  csv,
  jsonl,
  mlflow,
  visualdl,
  trackio,
];
