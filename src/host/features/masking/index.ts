import * as vscode from 'vscode';
import type { EntitySource } from '../../../protocol/masking';
import type { MaskingSettings, MaskingViewRequests, MaskingViewResult } from '../../../protocol/views';
import { InspectionPanel } from '../../services/inspectionPanel';
import { questionFromEditor } from '../../services/question';
import type { Services } from '../../services/services';
import { exportData } from './exportData';

const settingsKey = 'headlight.masking';
/** With this seed the first patterns mask something of a short text, too. */
const usual: MaskingSettings = { rate: 0.15, seed: 14, epochs: 3, entities: [] };

/** The command and the view that mask a text as training does, and write training data. */
export function registerMasking(services: Services): vscode.Disposable {
  const { engine, models, context } = services;
  const settings = (): MaskingSettings => ({ ...usual, ...context.workspaceState.get(settingsKey, {}) });
  const entitiesOf = async ({ entities }: MaskingSettings): Promise<EntitySource> =>
    entities.length > 0 ? { words: entities } : { tagger: await models.current('tags') };
  /** The window that was chosen of the text and model that were asked about last. */
  let chosen = { of: '', window: 0 };
  const place = { viewType: 'headlight.masking', title: vscode.l10n.t('Masking Workshop') };
  const view = new InspectionPanel<MaskingViewResult, MaskingViewRequests>(services, place, {
    bundle: 'masking',
    kind: 'maskedWords',
    busyMessage: vscode.l10n.t('Masking the text…'),
    async ask(question, options) {
      const of = JSON.stringify(question);
      if (of !== chosen.of) chosen = { of, window: 0 };
      const now = settings();
      const asked = { ...question, ...now, entities: await entitiesOf(now), window: chosen.window };
      return { ...(await engine.request('masking', asked, options)), settings: now };
    },
    handlers: (common) => ({
      ...common,
      async setMasking(changed) {
        await context.workspaceState.update(settingsKey, changed);
        await view.inspector.ask();
        return null;
      },
      async readWindow({ index }) {
        chosen.window = index;
        await view.inspector.ask();
        return null;
      },
      async exportData({ what, policy, epochs, pairs }) {
        const { rate, seed, ...now } = settings();
        const entities = policy === 'entity' ? await entitiesOf({ rate, seed, ...now }) : { words: [] };
        const wanted = { policy, rate, seed, epochs, entities, pairs: pairs ?? undefined };
        const text = what === 'selection' ? view.inspector.textsOnShow.join('\n') : null;
        await exportData(services, wanted, text);
        return null;
      },
    }),
  });
  const command = vscode.commands.registerCommand('headlight.maskingWorkshop', async () => {
    const source = questionFromEditor();
    if (typeof source === 'string') void vscode.window.showInformationMessage(source);
    else await view.open(source);
  });
  return vscode.Disposable.from(view, command);
}
