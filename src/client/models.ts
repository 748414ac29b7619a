import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import * as l10n from '@vscode/l10n';
import { HeadlightError } from '../core/errors';
import type { Caller } from '../core/rpc';
import type { EngineRequests } from '../protocol/engine';
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
