import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import { HeadlightError, toHeadlightError } from '../core/errors';
import type { Caller } from '../core/rpc';
import type { EngineRequests } from '../protocol/engine';
import type { ErrorCode } from '../protocol/errors';
import type { QuestionKind } from '../protocol/models';

/** The model that answers when nobody chose one, if it can. */
const defaultModel = 'bert-tiny-en-zh';

/** Folders of the models that Headlight ships, absolute, the default first. */
export function embeddedModels(extensionRoot: string): string[] {
  const root = path.join(extensionRoot, 'media', 'models');
  if (!existsSync(root)) return [];
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort((a, b) => Number(b === defaultModel) - Number(a === defaultModel) || a.localeCompare(b))
    .map((name) => path.join(root, name));
}

/** The first of `models` that can answer a kind of question. */
export async function firstThatAnswers(
  engine: Caller<EngineRequests>,
  models: string[],
  kind: QuestionKind,
): Promise<string> {
  for (const model of models) {
    const facts = await engine.request('facts', { model });
    if (facts.answers.includes(kind)) return model;
  }
  throw new HeadlightError(
    'ModelNotFound',
    l10n.t('None of the embedded models can answer this. Choose a model of yours that can.'),
  );
}

/** The errors that say that a model cannot answer a kind of question at all. */
const cannotAnswer: readonly ErrorCode[] = ['NoHead', 'NoMlmHead', 'NoAttention', 'TensorMissing'];

/** An error as it is told: where a model cannot answer, with the name of an embedded one that can. */
export async function explained(
  thrown: unknown,
  engine: Caller<EngineRequests>,
  models: string[],
  kind: QuestionKind,
): Promise<HeadlightError> {
  const error = toHeadlightError(thrown);
  if (!cannotAnswer.includes(error.code)) return error;
  const other = await firstThatAnswers(engine, models, kind).catch(() => null);
  if (!other) return error;
  const hint = l10n.t('The embedded model "{0}" can.', path.basename(other));
  return new HeadlightError(error.code, `${error.message} ${hint}`);
}

/** What a person calls a model, an embedded one's name or a path, as an absolute path. */
export function locateModel(nameOrPath: string, extensionRoot: string): string {
  const embedded = embeddedModels(extensionRoot);
  const byName = embedded.find((folder) => path.basename(folder) === nameOrPath);
  const located = byName ?? path.resolve(nameOrPath);
  if (existsSync(located)) return located;
  const names = embedded.map((folder) => path.basename(folder)).join(', ');
  throw new HeadlightError(
    'ModelNotFound',
    l10n.t('There is no model "{0}". Give a folder, an .onnx file, or one of: {1}.', nameOrPath, names),
  );
}
