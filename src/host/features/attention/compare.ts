import * as vscode from 'vscode';
import type { EngineClient } from '../../../client/engineClient';
import { toHeadlightError } from '../../../core/errors';
import type { CallOptions } from '../../../core/rpc';
import type { AttentionQuestion } from '../../../protocol/attention';
import type { ComparedAttention, ComparedWith } from '../../../protocol/views';
import type { Models } from '../../services/models';
import { questionFromEditor } from '../../services/question';

/** What attention in one place is compared with, and the run of that. */
export class Comparison implements vscode.Disposable {
  private other: ComparedWith | null = null;
  /** Whether a trace has gone since it was chosen, and why it is compared with no longer. */
  private hasGone = false;
  private dropped: string | null = null;
  /** All traces go with the engine, which says nothing of memory. */
  private readonly ending: vscode.Disposable;

  constructor(
    private readonly engine: EngineClient,
    private readonly models: Models,
  ) {
    const { dispose } = engine.onDidEnd(() => (this.hasGone = false));
    this.ending = new vscode.Disposable(dispose);
  }

  dispose(): void {
    this.ending.dispose();
  }

  set(other: ComparedWith | null): void {
    this.other = other;
    [this.hasGone, this.dropped] = [false, null];
  }

  /** A trace on show is gone: two that do not fit into memory would take turns for ever. */
  traceGone(): void {
    if (this.other && this.hasGone) {
      this.other = null;
      this.dropped = vscode.l10n.t(
        'Memory does not hold both. Compare shorter texts, or raise "headlight.engine.memoryLimitMegabytes".',
      );
    }
    this.hasGone = true;
  }

  /** Attention beside that of a question; why there is none does not take the first away. */
  async run(
    question: AttentionQuestion,
    options: CallOptions,
  ): Promise<Pick<ComparedAttention, 'other' | 'otherProblem' | 'comparedWith'>> {
    const texts = textsOf(question);
    // Of another text, nothing is known of what was to be masked.
    if (this.other?.kind === 'masked' && this.other.texts.join('\n') !== texts.join('\n')) this.set(null);
    const comparedWith = this.other;
    if (!comparedWith) return { comparedWith, other: null, otherProblem: this.dropped };
    try {
      const asked = otherQuestion(question, comparedWith);
      this.models.requireTrust(asked.model);
      const result = await this.engine.request('attention', asked, options);
      return { comparedWith, other: { result, texts: textsOf(asked) }, otherProblem: null };
    } catch (thrown) {
      const error = toHeadlightError(thrown);
      if (error.code === 'Cancelled') throw error;
      return { comparedWith, other: null, otherProblem: error.message };
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
