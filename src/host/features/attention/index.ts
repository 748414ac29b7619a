import * as vscode from 'vscode';
import { toHeadlightError } from '../../../core/errors';
import type { AttentionResult } from '../../../protocol/attention';
import type { AttentionViewRequests } from '../../../protocol/views';
import { InspectionSidebar } from '../../services/inspectionSidebar';
import { questionFromEditor } from '../../services/question';
import type { Services } from '../../services/services';

/** Bytes of attention above which a person is asked before the run. */
const budgetBytes = 512 * 2 ** 20;

/** The command and the sidebar's view that show what each head of each layer attends to. */
export function registerAttention(services: Services): vscode.Disposable {
  const { engine } = services;
  /** What a person chose for the text and model that were asked about last. */
  let chosen = { of: '', window: 0, anyway: false };
  const place = { viewId: 'headlight.attention', title: vscode.l10n.t('Attention') };
  const view = new InspectionSidebar<AttentionResult, AttentionViewRequests>(services, place, {
    bundle: 'attention',
    kind: 'attention',
    busyMessage: vscode.l10n.t('Reading attention…'),
    keepsSelection: true,
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
      // What comes from another process may lie in a larger buffer, all of which would travel on.
      async slice(question) {
        const { bytes, size } = await fromTrace(question, engine.request('attentionSlice', question));
        return { bytes: bytes.slice(), size };
      },
      weights: async (question) =>
        (await fromTrace(question, engine.request('attentionWeights', question))).slice(),
      async readWindow({ index }) {
        chosen.window = index;
        await view.inspector.ask();
        return null;
      },
    }),
  });

  /** An answer from a trace; the trace on show is made anew when an idle or dead engine took it with it. */
  async function fromTrace<Answer>({ trace }: { trace: string }, answer: Promise<Answer>): Promise<Answer> {
    try {
      return await answer;
    } catch (error) {
      const isOnShow = view.inspector.result?.trace === trace;
      if (isOnShow && toHeadlightError(error).code === 'TraceGone') void view.inspector.ask();
      throw error;
    }
  }

  const command = vscode.commands.registerCommand('headlight.showAttention', async () => {
    const source = questionFromEditor();
    if (typeof source === 'string') void vscode.window.showInformationMessage(source);
    else await view.open(source);
  });
  return vscode.Disposable.from(view, command);
}
