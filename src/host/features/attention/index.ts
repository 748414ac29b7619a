import * as vscode from 'vscode';
import { toHeadlightError } from '../../../core/errors';
import type { CallOptions } from '../../../core/rpc';
import type { AttentionQuestion } from '../../../protocol/attention';
import type { AttentionViewRequests, ComparedAttention } from '../../../protocol/views';
import { InspectionPanel } from '../../services/inspectionPanel';
import { InspectionSidebar } from '../../services/inspectionSidebar';
import type { Inspection, Inspector } from '../../services/inspector';
import { saveFile } from '../../services/saveFile';
import { questionFromEditor } from '../../services/question';
import type { Services } from '../../services/services';
import { chooseOther, type Other } from './compare';
import { everyHead } from './everyHead';
import { traceHandlers } from './traceHandlers';

/** Bytes of attention above which a person is asked before the run. */
const budgetBytes = 512 * 2 ** 20;

/**
 * The commands and the two places that show what each head of each layer attends to: a view of the sidebar that
 * follows the selection, and a panel that stays with its text.
 */
export function registerAttention(services: Services): vscode.Disposable {
  const sidebar: InspectionSidebar<ComparedAttention, AttentionViewRequests> = new InspectionSidebar(
    services,
    { viewId: 'headlight.attention', title: vscode.l10n.t('Attention') },
    { ...attentionInspection(services, () => sidebar.inspector), keepsSelection: true },
  );
  const panel: InspectionPanel<ComparedAttention, AttentionViewRequests> = new InspectionPanel(
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
  { engine, models }: Services,
  inspector: () => Inspector<ComparedAttention, AttentionViewRequests>,
): Inspection<ComparedAttention, AttentionViewRequests> {
  /** What a person chose for the text and model that were asked about last. */
  let chosen = { of: '', window: 0, anyway: false };
  let other: Other | null = null;
  /** Whether a trace has gone since it was chosen, and why it is compared with no longer. */
  let [hasGone, dropped] = [false, null as string | null];
  /** Attention of another model or text beside it; why there is none does not take the first away. */
  async function compared(
    question: AttentionQuestion,
    options: CallOptions,
  ): Promise<Pick<ComparedAttention, 'other' | 'otherProblem'>> {
    if (!other) return { other: null, otherProblem: dropped };
    try {
      const model = other.model ?? question.model;
      models.requireTrust(model);
      const [text, pair] = other.texts ?? [question.text, question.pair];
      const result = await engine.request('attention', { ...question, model, text: text!, pair }, options);
      return {
        other: { result, texts: [text!, pair].filter((each) => each !== undefined) },
        otherProblem: null,
      };
    } catch (thrown) {
      const error = toHeadlightError(thrown);
      if (error.code === 'Cancelled') throw error;
      return { other: null, otherProblem: error.message };
    }
  }
  return {
    bundle: 'attention',
    kind: 'attention',
    busyMessage: vscode.l10n.t('Reading attention…'),
    async ask(question, options, anyway) {
      const of = JSON.stringify(question);
      if (of !== chosen.of) chosen = { of, window: 0, anyway: false };
      chosen.anyway ||= anyway;
      const whole = {
        ...question,
        window: chosen.window,
        budgetBytes: chosen.anyway ? Infinity : budgetBytes,
      };
      const result = await engine.request('attention', whole, options);
      return { ...result, ...(await compared(whole, options)) };
    },
    handlers: (common) => ({
      ...common,
      ...traceHandlers(engine, (trace) => {
        // What is on show is made anew.
        const { result } = inspector();
        if (result?.trace !== trace && result?.other?.result.trace !== trace) return;
        // Two traces that do not fit into memory would take turns for ever.
        if (other && hasGone) {
          other = null;
          dropped = vscode.l10n.t(
            'Memory does not hold both. Compare shorter texts, or raise "headlight.engine.memoryLimitMegabytes".',
          );
        }
        hasGone = true;
        void inspector().ask();
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
      async compareWith({ what }) {
        const next = what === 'nothing' ? null : await chooseOther(models, what);
        if (next === undefined) return null;
        other = next;
        [hasGone, dropped] = [false, null];
        await inspector().ask();
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
