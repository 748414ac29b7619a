import * as vscode from 'vscode';
import type { EditorSource } from '../../services/editorSource';
import type { Services } from '../../services/services';
import { createPanel, type SentencesPanel } from './panel';

/** The question that was asked last is offered again, and is there after a reload of the window. */
const lastQuestionKey = 'headlight.answer.question';

/** How many answers are listed. */
const count = 5;

interface AnswerPanel extends vscode.Disposable {
  /** Asks a person for a question, then the model for its answer in a source. Of two texts the first is the question. */
  open(source: EditorSource): Promise<void>;
}

/** The view of the spans that answer a question. */
export function createAnswerPanel(services: Services): AnswerPanel {
  const { context, engine } = services;
  const lastQuestion = (): string => context.workspaceState.get(lastQuestionKey, '');
  const panel: SentencesPanel = createPanel(services, {
    place: { viewType: 'headlight.answer', title: vscode.l10n.t('Answer') },
    kind: 'answer',
    busyMessage: vscode.l10n.t('Looking for the answer…'),
    async ask({ model, text, pair }, options) {
      const question = pair === undefined ? lastQuestion() : text;
      const asked = { model, question, text: pair ?? text, count };
      return { kind: 'answer', ...(await engine.request('answers', asked, options)) };
    },
    async askQuestion() {
      if (await askPerson()) await panel.inspector.ask();
    },
  });

  async function askPerson(): Promise<boolean> {
    const question = await vscode.window.showInputBox({
      title: vscode.l10n.t('Answer a Question'),
      prompt: vscode.l10n.t('What should the selected text answer?'),
      value: lastQuestion(),
      validateInput: (value) => (value.trim() === '' ? vscode.l10n.t('Write a question.') : null),
    });
    if (question === undefined) return false;
    await context.workspaceState.update(lastQuestionKey, question.trim());
    return true;
  }

  return {
    async open(source) {
      if (source.texts.length === 2 || (await askPerson())) await panel.open(source);
      else source.dispose();
    },
    dispose: () => panel.dispose(),
  };
}
