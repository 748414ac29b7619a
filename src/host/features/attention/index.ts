import * as vscode from 'vscode';
import type { AttentionResult } from '../../../protocol/attention';
import type { AttentionViewRequests } from '../../../protocol/views';
import { InspectionPanel } from '../../services/inspectionPanel';
import { InspectionSidebar } from '../../services/inspectionSidebar';
import type { Inspection, Inspector } from '../../services/inspector';
import { saveFile } from '../../services/saveFile';
import { questionFromEditor } from '../../services/question';
import type { Services } from '../../services/services';
import { everyHead } from './everyHead';
import { traceHandlers } from './traceHandlers';

/** Bytes of attention above which a person is asked before the run. */
const budgetBytes = 512 * 2 ** 20;

/**
 * The commands and the two places that show what each head of each layer attends to: a view of the sidebar that
 * follows the selection, and a panel that stays with its text.
 */
export function registerAttention(services: Services): vscode.Disposable {
  const sidebar: InspectionSidebar<AttentionResult, AttentionViewRequests> = new InspectionSidebar(
    services,
    { viewId: 'headlight.attention', title: vscode.l10n.t('Attention') },
    { ...attentionInspection(services, () => sidebar.inspector), keepsSelection: true },
  );
  const panel: InspectionPanel<AttentionResult, AttentionViewRequests> = new InspectionPanel(
    services,
    { viewType: 'headlight.attentionExplorer', title: vscode.l10n.t('Attention Explorer') },
    attentionInspection(services, () => panel.inspector),
  );
  const command = (name: string, place: typeof sidebar | typeof panel): vscode.Disposable =>
    vscode.commands.registerCommand(name, async () => {
      const source = questionFromEditor();
      if (typeof source === 'string') void vscode.window.showInformationMessage(source);
      else await place.open(source);
    });
  return vscode.Disposable.from(
    sidebar,
    panel,
    command('headlight.showAttention', sidebar),
    command('headlight.exploreAttention', panel),
  );
}

/** What a place asks of the engine for itself. */
function attentionInspection(
  { engine }: Services,
  inspector: () => Inspector<AttentionResult, AttentionViewRequests>,
): Inspection<AttentionResult, AttentionViewRequests> {
  /** What a person chose for the text and model that were asked about last. */
  let chosen = { of: '', window: 0, anyway: false };
  return {
    bundle: 'attention',
    kind: 'attention',
    busyMessage: vscode.l10n.t('Reading attention…'),
    ask(question, options, anyway) {
      const of = JSON.stringify(question);
      if (of !== chosen.of) chosen = { of, window: 0, anyway: false };
      chosen.anyway ||= anyway;
      const budget = chosen.anyway ? Infinity : budgetBytes;
      return engine.request(
        'attention',
        { ...question, window: chosen.window, budgetBytes: budget },
        options,
      );
    },
    handlers: (common) => ({
      ...common,
      ...traceHandlers(engine, (trace) => {
        // What is on show is made anew.
        if (inspector().result?.trace === trace) void inspector().ask();
      }),
      async save({ name, bytes }) {
        await saveFile(name, () => Promise.resolve(bytes));
        return null;
      },
      async saveAll({ name, ...stack }) {
        const shape = inspector().result?.stacks.find((each) => each.stack === stack.stack);
        if (shape) await saveFile(name, () => everyHead(engine, stack, shape));
        return null;
      },
      async copy({ text }) {
        await vscode.env.clipboard.writeText(text);
        return null;
      },
      async readWindow({ index }) {
        chosen.window = index;
        await inspector().ask();
        return null;
      },
    }),
  };
}
