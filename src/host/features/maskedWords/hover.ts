import * as vscode from 'vscode';
import { findMaskMarks } from '../../../core/maskMarks';
import { toHeadlightError } from '../../../core/errors';
import type { TextRange } from '../../../protocol/encoding';
import type { FillResult } from '../../../protocol/inspections';
import { offsetsOf, paragraphRange } from '../../services/question';
import type { Services } from '../../services/services';
import { setting } from '../../services/settings';
import { hoverText } from './hoverText';

/** Languages whose text is prose, so that a hover over `[MASK]` makes sense; the same as in `activationEvents`. */
const proseLanguages = ['markdown', 'plaintext', 'latex', 'tex', 'restructuredtext', 'asciidoc', 'html'];

/** Milliseconds that the pointer has to stay before the engine is asked. */
const restTime = 120;

/** Answers that are kept: going back and forth between a few paragraphs asks once for each. */
const keptAnswers = 8;

/** Shows the model's predictions over `[MASK]`; its context is the paragraph around it. */
export class MaskHover implements vscode.HoverProvider {
  private run = new AbortController();
  private readonly answers = new Map<string, Promise<FillResult>>();

  constructor(private readonly services: Services) {}

  /** Registers the hover for prose. */
  static register(services: Services): vscode.Disposable {
    return vscode.languages.registerHoverProvider(proseLanguages, new MaskHover(services));
  }

  async provideHover(
    document: vscode.TextDocument,
    position: vscode.Position,
    token: vscode.CancellationToken,
  ): Promise<vscode.Hover | null> {
    const mask = maskAt(document, position);
    const paragraph = mask && paragraphRange(document, position.line);
    if (!mask || !paragraph) return null;
    await new Promise((resolve) => setTimeout(resolve, restTime));
    if (token.isCancellationRequested) return null;
    const passage = offsetsOf(document, paragraph);
    try {
      const result = await this.answer(document, paragraph);
      const start = document.offsetAt(mask.start) - passage.start;
      const predictions = result.masks.find((one) => one.start === start)?.predictions;
      if (!predictions) return null;
      return new vscode.Hover(hoverText(document.uri, offsetsOf(document, mask), passage, predictions), mask);
    } catch (thrown) {
      const error = toHeadlightError(thrown);
      if (error.code === 'Cancelled') return null;
      this.services.log.error(`hover: ${error.message}`);
      return new vscode.Hover(new vscode.MarkdownString().appendText(error.message), mask);
    }
  }

  /**
   * What the model says of a paragraph. A newer question cancels it; a pointer that leaves does not: the model
   * may just be loading, and the pointer comes back.
   */
  private async answer(document: vscode.TextDocument, paragraph: vscode.Range): Promise<FillResult> {
    const model = await this.services.models.current('maskedWords');
    const topK = setting('maskedWords.topK');
    const key = JSON.stringify([document.uri.toString(), document.version, paragraph, model, topK]);
    const kept = this.answers.get(key);
    if (kept) return kept;
    this.run.abort();
    this.run = new AbortController();
    const text = document.getText(paragraph);
    const answer = this.services.engine.request('fill', { model, text, topK }, { signal: this.run.signal });
    this.keep(key, answer);
    return answer;
  }

  private keep(key: string, answer: Promise<FillResult>): void {
    this.answers.set(key, answer);
    answer.catch(() => this.answers.delete(key));
    const [oldest] = this.answers.keys();
    if (this.answers.size > keptAnswers && oldest !== undefined) this.answers.delete(oldest);
  }
}

function maskAt(document: vscode.TextDocument, position: vscode.Position): vscode.Range | null {
  const { line, character } = position;
  const covers = ({ start, end }: TextRange): boolean => start <= character && character <= end;
  const mask = findMaskMarks(document.lineAt(line).text).find(covers);
  return mask ? new vscode.Range(line, mask.start, line, mask.end) : null;
}
