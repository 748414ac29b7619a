import * as vscode from 'vscode';
import { compareModels } from '../../../client/compareModels';
import { HeadlightError } from '../../../core/errors';
import type { ComparisonResult } from '../../../protocol/comparison';
import type { ComparisonViewRequests } from '../../../protocol/views';
import { InspectionPanel } from '../../services/inspectionPanel';
import { questionFromEditor } from '../../services/question';
import type { Services } from '../../services/services';

type TwoModels = [string, string];

/** The models that were compared last are compared again after a reload of the window. */
const lastKey = 'headlight.compareModels.models';

/** The command and the view that show what two models make of one text. */
export function registerCompareModels(services: Services): vscode.Disposable {
  const { engine, models, context } = services;
  const last = (): TwoModels | undefined => context.workspaceState.get<TwoModels>(lastKey);
  const place = { viewType: 'headlight.compareModels', title: vscode.l10n.t('Two Models') };
  const view = new InspectionPanel<ComparisonResult, ComparisonViewRequests>(services, place, {
    bundle: 'compareModels',
    kind: 'tokens',
    ownModel: true,
    busyMessage: vscode.l10n.t('Asking both models…'),
    async ask({ text, pair }, options) {
      const both = last();
      if (!both) {
        const message = vscode.l10n.t(
          'No two models are chosen. Run "Headlight: Compare Models on the Text".',
        );
        throw new HeadlightError('ModelNotFound', message);
      }
      for (const model of both) models.requireTrust(model);
      return compareModels(engine, both, { text, pair }, options);
    },
    handlers: (common) => ({
      ...common,
      async chooseModels() {
        if (await choose()) await view.inspector.ask();
        return null;
      },
      async swap() {
        const [one, other] = last()!;
        await context.workspaceState.update(lastKey, [other, one]);
        await view.inspector.ask();
        return null;
      },
    }),
  });

  async function choose(): Promise<boolean> {
    const title = vscode.l10n.t('Compare Models on the Text');
    const [before, after] = last() ?? [];
    const one = await pick(title, vscode.l10n.t('The first model: the base, say'), before, undefined);
    if (one === undefined) return false;
    const other = await pick(
      title,
      vscode.l10n.t('The second model: fine-tuned or quantised, say'),
      after,
      one,
    );
    if (other === undefined) return false;
    await context.workspaceState.update(lastKey, [one, other]);
    return true;
  }

  /** @param usual the one that is offered first. @param except one that is no choice. */
  async function pick(
    title: string,
    placeHolder: string,
    usual: string | undefined,
    except: string | undefined,
  ): Promise<string | undefined> {
    const known = (await models.thatAnswer('tokens')).filter(({ path }) => path !== except);
    const items = known
      .map(({ name, path }) => ({ label: name, detail: path, path }))
      .sort((a, b) => Number(b.path === usual) - Number(a.path === usual));
    return (await vscode.window.showQuickPick(items, { title, placeHolder, matchOnDetail: true }))?.path;
  }

  const command = vscode.commands.registerCommand('headlight.compareModels', async () => {
    const source = questionFromEditor();
    if (typeof source === 'string') void vscode.window.showInformationMessage(source);
    else if (await choose()) await view.open(source);
    else source.dispose();
  });
  return vscode.Disposable.from(view, command);
}
