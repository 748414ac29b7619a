import * as vscode from 'vscode';
import { HeadlightError } from '../../../core/errors';
import type { TextQuestion } from '../../../protocol/inspections';
import type { RolePlace } from '../../../protocol/models';
import type { ModelViewRequests, ModelViewResult } from '../../../protocol/views';
import { InspectionPanel } from '../../services/inspectionPanel';
import { questionFromEditor } from '../../services/question';
import type { Services } from '../../services/services';
import { followLink, linkFrom, sourceOf } from '../../services/viewLink';

const namedKey = 'headlight.model.named';

/** The command and the view that draw a model and open the tensors inside it. */
export function registerModel(services: Services): vscode.Disposable {
  const { context, engine, models } = services;
  /** The model that was named last, also before the window was reloaded; null for the one that was chosen last. */
  let named = context.workspaceState.get<string | null>(namedKey, null);
  const name = (model: string | null): void => {
    named = model;
    void context.workspaceState.update(namedKey, model ?? undefined);
  };
  let target: RolePlace | null = null;
  /** What the model on show is asked about. */
  let asked: TextQuestion | null = null;
  const forgetting = models.onDidChange(() => name(null));
  const place = { viewType: 'headlight.model', title: vscode.l10n.t('Model') };
  const view = new InspectionPanel<ModelViewResult, ModelViewRequests>(services, place, {
    bundle: 'model',
    // Whatever a model can do, it reads tokens: this one was chosen last.
    kind: 'tokens',
    busyMessage: vscode.l10n.t('Reading the model…'),
    takesNoText: true,
    async ask(question, options) {
      const model = named ?? question.model;
      asked = { ...question, model };
      return { ...(await models.facts(model, options)), target };
    },
    handlers: (common) => ({
      ...common,
      async tensor(question, { signal }) {
        if (!asked) throw new HeadlightError('TraceGone', vscode.l10n.t('No model is shown.'));
        const tensor = await engine.request('tensor', { ...asked, ...question }, { signal });
        // What comes from another process may lie in a larger buffer, all of which would travel on.
        return { ...tensor, bytes: tensor.bytes.slice(), norms: tensor.norms.slice() };
      },
      async openForward(target) {
        const source = view.inspector.sourceState;
        if (asked) await followLink('headlight.showForwardPass', { model: asked.model, source, target });
        return null;
      },
      async useSelection() {
        const source = questionFromEditor();
        if (typeof source === 'string') void vscode.window.showInformationMessage(source);
        else {
          view.inspector.setSource(source);
          await view.inspector.ask();
        }
        return null;
      },
    }),
  });
  const command = vscode.commands.registerCommand('headlight.showModel', async (model?: unknown) => {
    const link = linkFrom<RolePlace>(model);
    target = link?.target ?? null;
    // A menu of the editor gives its document.
    name(link?.model ?? (typeof model === 'string' ? model : null));
    if (link) return view.open(await sourceOf(link));
    const source = questionFromEditor();
    await view.open(typeof source === 'string' ? undefined : source);
  });
  return vscode.Disposable.from(view, command, forgetting);
}
