import * as vscode from 'vscode';
import { toHeadlightError } from '../../../core/errors';
import type { Services } from '../../services/services';
import { setting } from '../../services/settings';
import { type Expectations, maskAt } from './expectations';
import { hoverText } from './hoverText';

/** Milliseconds that the pointer has to stay before the engine is asked. */
const restTime = 120;

/** Shows what the model expects in place of `[MASK]`, and, by setting, in place of any word. */
export class WordHover implements vscode.HoverProvider {
  constructor(
    private readonly services: Services,
    private readonly expectations: Expectations,
  ) {}

  async provideHover(
    document: vscode.TextDocument,
    position: vscode.Position,
    token: vscode.CancellationToken,
  ): Promise<vscode.Hover | null> {
    const mask = maskAt(document, position);
    if (!mask && !this.answersWords(document, position)) return null;
    await new Promise((resolve) => setTimeout(resolve, restTime));
    if (token.isCancellationRequested) return null;
    try {
      const expectation = await this.expectations.at(document, position, token);
      return expectation && new vscode.Hover(hoverText(document, expectation), expectation.range);
    } catch (thrown) {
      const error = toHeadlightError(thrown);
      if (error.code === 'Cancelled' || error.code === 'NoTokens') return null;
      this.services.log.error(`hover: ${error.message}`);
      // A person who points at a word may not have meant Headlight: it is no place for errors.
      return mask && new vscode.Hover(new vscode.MarkdownString().appendText(error.message), mask);
    }
  }

  /** Whether a word is there that is to be asked about: a pointer that passes by starts no engine unless it may. */
  private answersWords(document: vscode.TextDocument, position: vscode.Position): boolean {
    if (!setting('hover.words')) return false;
    if (!this.services.engine.running && !setting('hover.startsEngine')) return false;
    return /[\p{L}\p{N}]/u.test(document.getText(document.getWordRangeAtPosition(position)));
  }
}
