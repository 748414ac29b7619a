import * as vscode from 'vscode';
import type { ModelFacts } from '../../../protocol/models';
import type { Services } from '../../services/services';
import { addFromHub, addModel, askForToken } from './addModel';
import { kindNames } from './describe';
import { pickModel } from './modelPicker';
import { openDialog } from './openDialog';
import { sayError } from '../../services/sayError';
import { registerStatusItem } from './statusItem';
import { registerModelTree } from './treeCommands';
import { withProgress } from '../../services/withProgress';

/** The commands that choose the models and restart the engine that runs them. */
export function registerModels(services: Services): vscode.Disposable {
  return vscode.Disposable.from(
    registerModelTree(services),
    registerStatusItem(services),
    // A menu of the editor gives its document.
    vscode.commands.registerCommand('headlight.selectModel', (model?: unknown) =>
      selectModel(services, typeof model === 'string' ? model : undefined),
    ),
    vscode.commands.registerCommand('headlight.addModel', () => addModel(services)),
    vscode.commands.registerCommand('headlight.setHubToken', () => askForToken(services)),
    vscode.commands.registerCommand('headlight.restartEngine', () => {
      const message = services.engine.running
        ? vscode.l10n.t('The engine was ended. It starts again with the next question.')
        : vscode.l10n.t('The engine is not running. It starts with the next question.');
      services.engine.kill();
      vscode.window.setStatusBarMessage(message, 5000);
    }),
  );
}

/** Asks for a model, or takes the one at `given`, and makes it the current one for all that it can answer. */
async function selectModel(services: Services, given?: string): Promise<void> {
  const { models } = services;
  const choice = given === undefined ? await pickModel(models) : { model: given };
  if (!choice) return;
  if (choice === 'addFromHub') return addFromHub(services);
  const model = typeof choice === 'string' ? await openDialog(choice) : choice.model;
  if (model === undefined) return;
  try {
    const title = vscode.l10n.t('Reading the model "{0}"…', models.entry(model).name);
    const facts = await withProgress(title, (signal) => models.facts(model, { signal }));
    if (facts.answers.length > 0) await models.choose(model, facts.answers);
    void report(facts);
  } catch (thrown) {
    void sayError(services, 'select model', thrown);
  }
}

/** Says what the chosen model will answer, and why not more. */
async function report(facts: ModelFacts): Promise<void> {
  const reasons = facts.missing.map(({ message }) => message).join(' ');
  const message =
    facts.answers.length === 0
      ? vscode.l10n.t('The model "{0}" can answer nothing yet.', facts.model)
      : vscode.l10n.t('"{0}" now answers: {1}.', facts.model, kindNames(facts.answers));
  if (!reasons) return void vscode.window.setStatusBarMessage(message, 5000);
  const { command } = facts.missing.find((part) => part.command !== undefined) ?? {};
  const copy = vscode.l10n.t('Copy Command');
  const show = facts.answers.length === 0 ? vscode.window.showErrorMessage : vscode.window.showWarningMessage;
  const answer = await show(`${message} ${reasons}`, ...(command === undefined ? [] : [copy]));
  if (command !== undefined && answer === copy) await vscode.env.clipboard.writeText(command);
}
