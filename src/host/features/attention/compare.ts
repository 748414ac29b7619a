import * as vscode from 'vscode';
import type { EngineClient } from '../../../client/engineClient';
import { toHeadlightError } from '../../../core/errors';
import type { CallOptions } from '../../../core/rpc';
import type { AttentionQuestion } from '../../../protocol/attention';
import type { ComparedAttention, ComparedWith } from '../../../protocol/views';
import type { Models } from '../../services/models';
import { questionFromEditor } from '../../services/question';

/** Deaths of the engine in a row after which a run is not tried again. */
const mostFailures = 2;

/** What attention in one place is compared with, and the run of that. */
export class Comparison {
  private other: ComparedWith | null = null;
  /** How often in a row the engine has ended over it, and why it is compared with no longer. */
  private failures = 0;
  private dropped: string | null = null;

  constructor(
    private readonly engine: EngineClient,
    private readonly models: Models,
  ) {}

  /** What is compared with; null for nothing. */
  get comparedWith(): ComparedWith | null {
    return this.other;
  }

  set(other: ComparedWith | null): void {
    this.other = other;
    [this.failures, this.dropped] = [0, null];
  }

  /**
   * Attention beside that of a question; why there is none does not take the first away.
   * @param beside the trace of that question.
   */
  async run(
    question: AttentionQuestion,
    beside: string,
    options: CallOptions,
  ): Promise<Pick<ComparedAttention, 'other' | 'otherProblem' | 'comparedWith'>> {
    const texts = textsOf(question);
    // Of another text, nothing is known of what was to be masked.
    if (this.other?.kind === 'masked' && this.other.texts.join('\n') !== texts.join('\n')) this.set(null);
    const comparedWith = this.other;
    if (!comparedWith) return { comparedWith, other: null, otherProblem: this.dropped };
    let hasEnded = false;
    const watch = this.engine.onDidEnd(() => (hasEnded = true));
    try {
      const asked = { ...otherQuestion(question, comparedWith), beside };
      this.models.requireTrust(asked.model);
      const result = await this.engine.request('attention', asked, options);
      this.failures = 0;
      return { comparedWith, other: { result, texts: textsOf(asked) }, otherProblem: null };
    } catch (thrown) {
      const error = toHeadlightError(thrown);
      if (error.code === 'Cancelled') throw error;
      // An engine that ends takes the first trace along, which is made anew and this with it: not for ever.
      if (hasEnded && ++this.failures === mostFailures) [this.other, this.dropped] = [null, error.message];
      return { comparedWith: this.other, other: null, otherProblem: error.message };
    } finally {
      watch.dispose();
    }
  }
}

function otherQuestion(question: AttentionQuestion, other: ComparedWith): AttentionQuestion {
  switch (other.kind) {
    case 'model':
      return { ...question, model: other.model };
    case 'texts':
      return { ...question, text: other.texts[0] ?? '', pair: other.texts[1], window: 0 };
    case 'masked':
      return { ...question, masked: other.word };
  }
}

/** The text and, if there is one, its pair. */
export function textsOf({ text, pair }: AttentionQuestion): string[] {
  return [text, ...(pair === undefined ? [] : [pair])];
}

/** Lets a person say what to compare with; undefined when there is nothing, and the reason has been said. */
export async function chooseOther(
  models: Models,
  what: 'model' | 'selection',
): Promise<ComparedWith | undefined> {
  if (what === 'selection') {
    const source = questionFromEditor();
    if (typeof source === 'string') {
      void vscode.window.showInformationMessage(source);
      return undefined;
    }
    const { texts } = source;
    source.dispose();
    return { kind: 'texts', texts };
  }
  const known = await models.thatAnswer('attention');
  const items = known.map(({ name, path }) => ({ label: name, detail: path, path }));
  const picked = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Compare Attention'),
    placeHolder: vscode.l10n.t('A model to run over the same text'),
  });
  return picked && { kind: 'model', model: picked.path };
}
