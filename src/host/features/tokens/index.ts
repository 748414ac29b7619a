import * as vscode from 'vscode';
import { askTokens } from '../../../client/tokens';
import { HeadlightError, toHeadlightError } from '../../../core/errors';
import type { CallOptions } from '../../../core/rpc';
import type { TextQuestion, TokensResult } from '../../../protocol/inspections';
import type { TokensViewRequests, TokensViewResult } from '../../../protocol/views';
import { InspectionPanel } from '../../services/inspectionPanel';
import { questionFromEditor } from '../../services/question';
import type { Services } from '../../services/services';
import { boundaryMarks, lookAt } from './boundaries';
import { registerTokenCount } from './count';

/** Tokens that the view draws; of a longer text it shows the first, and counts all. */
const mostTokens = 4096;

/** The command and the view that show a text as the model's tokens, and their count in the status bar. */
export function registerTokens(services: Services): vscode.Disposable {
  const { engine, models } = services;
  const marks = boundaryMarks();
  /** What the tokens on show were asked of, and the model whose tokens are beside them. */
  let asked: TextQuestion | null = null;
  let otherModel: string | null = null;

  const tokensOf = (question: TextQuestion, options: CallOptions): Promise<TokensResult> =>
    askTokens(engine, { ...question, most: mostTokens }, options);
  /** Why there are no other tokens does not take the first away. */
  async function compared(
    question: TextQuestion,
    options: CallOptions,
  ): Promise<Pick<TokensViewResult, 'other' | 'otherProblem'>> {
    if (otherModel === null) return { other: null, otherProblem: null };
    try {
      models.requireTrust(otherModel);
      return { other: await tokensOf({ ...question, model: otherModel }, options), otherProblem: null };
    } catch (thrown) {
      const error = toHeadlightError(thrown);
      if (error.code === 'Cancelled') throw error;
      return { other: null, otherProblem: error.message };
    }
  }

  const place = { viewType: 'headlight.tokens', title: vscode.l10n.t('Tokens') };
  const view = new InspectionPanel<TokensViewResult, TokensViewRequests>(services, place, {
    bundle: 'tokens',
    kind: 'tokens',
    busyMessage: vscode.l10n.t('Tokenizing…'),
    async ask(question, options) {
      asked = question;
      marks.show([]);
      return { ...(await tokensOf(question, options)), ...(await compared(question, options)) };
    },
    onResult(result) {
      if (result === null) marks.show([]);
    },
    handlers: (common) => ({
      ...common,
      async input(_, { signal }) {
        if (!asked) throw new HeadlightError('NoTokens', vscode.l10n.t('No text is shown.'));
        return engine.request('input', asked, { signal });
      },
      async compareWith({ what }) {
        const next = what === 'nothing' ? null : await pickTokenizer(services);
        if (next === undefined) return null;
        otherModel = next;
        await view.inspector.ask();
        return null;
      },
      mark({ tokens }) {
        marks.show(
          view.inspector
            .placesOf(tokens)
            .map((place, index) => ({ ...place, look: lookAt(tokens[index]!.look, index) })),
        );
        return null;
      },
    }),
  });
  const command = vscode.commands.registerCommand('headlight.showTokens', async () => {
    const source = questionFromEditor();
    if (typeof source === 'string') void vscode.window.showInformationMessage(source);
    else await view.open(source);
  });
  return vscode.Disposable.from(view, marks, command, registerTokenCount(services));
}

/** Lets a person say whose tokens to compare with; undefined when they did not. */
async function pickTokenizer({ models }: Services): Promise<string | undefined> {
  const known = models
    .thatAnswer('tokens')
    .then((entries) => entries.map(({ name, path }) => ({ label: name, detail: path, path })));
  const picked = await vscode.window.showQuickPick(known, {
    title: vscode.l10n.t('Compare Tokens'),
    placeHolder: vscode.l10n.t('A model whose tokenizer cuts the same text'),
  });
  return picked?.path;
}
