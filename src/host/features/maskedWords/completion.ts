import * as vscode from 'vscode';
import { percent } from '../../../core/percent';
import { toHeadlightError } from '../../../core/errors';
import type { Services } from '../../services/services';
import { setting } from '../../services/settings';
import { type Expectations, maskAt } from './expectations';

/**
 * Offers what the model expects in place of the `[MASK]` or, when a person asks for suggestions, of the word at the
 * caret. Off by default.
 */
export class WordCompletion implements vscode.CompletionItemProvider {
  constructor(
    private readonly services: Services,
    private readonly expectations: Expectations,
  ) {}

  async provideCompletionItems(
    document: vscode.TextDocument,
    position: vscode.Position,
    token: vscode.CancellationToken,
    { triggerKind }: vscode.CompletionContext,
  ): Promise<vscode.CompletionItem[]> {
    if (!setting('completion.enabled')) return [];
    const isAsked = triggerKind === vscode.CompletionTriggerKind.Invoke;
    const place = maskAt(document, position) ? position : characterOfWord(document, position);
    if (!isAsked || !place) return [];
    try {
      const expectation = await this.expectations.at(document, place, token);
      if (!expectation || token.isCancellationRequested) return [];
      const { range, predictions } = expectation;
      return predictions.map(({ text, probability }, rank) => {
        const item = new vscode.CompletionItem(text, vscode.CompletionItemKind.Text);
        item.detail = vscode.l10n.t('{0} by the model', percent(probability));
        item.range = range;
        // The list is filtered by what stands there, which the model's words are not like.
        item.filterText = document.getText(range);
        item.sortText = String(rank).padStart(3, '0');
        return item;
      });
    } catch (thrown) {
      const error = toHeadlightError(thrown);
      if (error.code !== 'Cancelled' && error.code !== 'NoTokens')
        this.services.log.error(`completion: ${error.message}`);
      return [];
    }
  }
}

/** A character of the word that the caret stands behind or, at its start, before; of Chinese, VS Code knows no words. */
function characterOfWord(document: vscode.TextDocument, caret: vscode.Position): vscode.Position | null {
  const { text } = document.lineAt(caret);
  const isOfWord = (at: number): boolean => /[\p{L}\p{M}\p{N}]/u.test(text[at] ?? '');
  const at = [caret.character - 1, caret.character].find(isOfWord);
  return at === undefined ? null : caret.with({ character: at });
}
