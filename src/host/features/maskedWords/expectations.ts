import path from 'node:path';
import * as vscode from 'vscode';
import { findMaskMarks } from '../../../core/maskMarks';
import type { TextRange } from '../../../protocol/encoding';
import type { Prediction } from '../../../protocol/inspections';
import type { WordPiece } from '../../../protocol/words';
import { offsetsOf, paragraphRange } from '../../services/question';
import type { Services } from '../../services/services';
import { setting } from '../../services/settings';

/** Languages whose text is prose, so that questions about its words make sense; as in `activationEvents`. */
export const proseLanguages = [
  'markdown',
  'plaintext',
  'latex',
  'tex',
  'restructuredtext',
  'asciidoc',
  'html',
];

/** Answers that are kept: going back and forth between a few places asks once for each. */
const keptAnswers = 16;

/** What a model expects in a place of a document. */
export interface Expectation {
  /** The model that was asked. */
  model: string;
  /** The mask or word there. */
  range: vscode.Range;
  /** The paragraph that the model read, or of which it read a window around the place. */
  passage: TextRange;
  predictions: Prediction[];
  /** Bits. */
  entropy: number;
  /** What stands there, in pieces; none for a mask. */
  pieces: WordPiece[];
}

/** What a question gives, before it is placed in the document. */
type Answer = TextRange & Pick<Expectation, 'predictions' | 'entropy' | 'pieces'>;

interface Asked {
  run: AbortController;
  answer: Promise<Answer[]>;
}

/** The mask at a position of a document. */
export function maskAt(document: vscode.TextDocument, position: vscode.Position): vscode.Range | null {
  const { line, character } = position;
  const covers = ({ start, end }: TextRange): boolean => start <= character && character <= end;
  const mask = findMaskMarks(document.lineAt(line).text).find(covers);
  return mask ? new vscode.Range(line, mask.start, line, mask.end) : null;
}

/** Asks what the model expects in places of documents; its context is the paragraph. Answers are kept for a while. */
export class Expectations {
  private run = new AbortController();
  private readonly kept = new Map<string, Asked>();

  constructor(private readonly services: Services) {}

  /**
   * What the model expects at a position; null where there is neither a mask nor a word. A newer question cancels the
   * one before, and so does `token`: but not while the model is being opened, or a pointer that comes and goes would keep
   * it from ever being open.
   */
  async at(
    document: vscode.TextDocument,
    position: vscode.Position,
    token: vscode.CancellationToken,
  ): Promise<Expectation | null> {
    const mask = maskAt(document, position);
    const paragraph = paragraphRange(document, position.line);
    if (!paragraph?.contains(position)) return null;
    const passage = offsetsOf(document, paragraph);
    const offset = document.offsetAt(mask?.start ?? position) - passage.start;
    // Every mask of a paragraph is answered by one question.
    const model = await this.services.models.current('maskedWords');
    const { run, answer } = this.ask(model, document, paragraph, mask ? null : offset);
    const listener = token.onCancellationRequested(() => {
      if (this.isOpen(model)) run.abort();
    });
    const answers = await answer.finally(() => listener.dispose());
    const found = answers.find(({ start, end }) => start <= offset && offset < end);
    if (!found) return null;
    const [start, end] = [found.start, found.end].map((at) => document.positionAt(passage.start + at));
    const { predictions, entropy, pieces } = found;
    return { model, range: new vscode.Range(start!, end!), passage, predictions, entropy, pieces };
  }

  /** @param offset of a word in the paragraph; null for its masks. */
  private ask(
    model: string,
    document: vscode.TextDocument,
    paragraph: vscode.Range,
    offset: number | null,
  ): Asked {
    const topK = setting('maskedWords.topK');
    const key = JSON.stringify([document.uri.toString(), document.version, paragraph, offset, model, topK]);
    const kept = this.kept.get(key);
    if (kept) return kept;
    this.run.abort();
    const run = (this.run = new AbortController());
    const question = { model, text: document.getText(paragraph), topK };
    const options = { signal: run.signal };
    const { engine } = this.services;
    const answer: Promise<Answer[]> =
      offset === null
        ? engine
            .request('fill', question, options)
            .then(({ masks }) => masks.map((mask) => ({ ...mask, pieces: [] })))
        : engine.request('word', { ...question, offset }, options).then((word) => [word]);
    const asked = { run, answer };
    this.keep(key, asked);
    return asked;
  }

  private isOpen(model: string): boolean {
    return this.services.engine.loaded.some(
      ({ onnxFile }) => onnxFile === model || onnxFile.startsWith(model + path.sep),
    );
  }

  private keep(key: string, asked: Asked): void {
    this.kept.set(key, asked);
    asked.answer.catch(() => {
      if (this.kept.get(key) === asked) this.kept.delete(key);
    });
    const [oldest] = this.kept.keys();
    if (this.kept.size > keptAnswers && oldest !== undefined) this.kept.delete(oldest);
  }
}
