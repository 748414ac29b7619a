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
  /** Which window of the text that was asked about last. */
  let window = { text: '', index: 0 };
  const place = { viewId: 'headlight.attention', title: vscode.l10n.t('Attention') };
  const view = new InspectionSidebar<AttentionResult, AttentionViewRequests>(services, place, {
    bundle: 'attention',
    kind: 'attention',
    busyMessage: vscode.l10n.t('Reading attention…'),
    keepsSelection: true,
    ask(question, options, anyway) {
      if (question.text !== window.text) window = { text: question.text, index: 0 };
      const budget = anyway ? Infinity : budgetBytes;
      return engine.request('attention', { ...question, window: window.index, budgetBytes: budget }, options);
    },
    handlers: (common) => ({
      ...common,
      slice: (question) => askAgainWhenGone(engine.request('attentionSlice', question)),
      weights: (question) => askAgainWhenGone(engine.request('attentionWeights', question)),
      async readWindow({ index }) {
        window.index = index;
        await view.inspector.ask();
        return null;
      },
    }),
  });

  /** A trace that an idle or dead engine took with it is made anew. */
  async function askAgainWhenGone<Answer>(answer: Promise<Answer>): Promise<Answer> {
    try {
      return await answer;
    } catch (error) {
      const { code } = toHeadlightError(error);
      if (code === 'TraceGone') void view.inspector.ask();
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
