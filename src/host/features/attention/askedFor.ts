import { randomUUID } from 'node:crypto';
import { isIndex } from './headLink';
import type { ComparedWith, HeadTarget, OpenedHead } from '../../../protocol/views';

/** What is kept over a reload of the window. */
export interface KeptSettings {
  /** The model of a link; null for the one that answers questions about attention. */
  model: string | null;
  /** Which window of a long text, from 0, and how many tokens it shares with the one before. */
  window: number;
  stride: number;
  /** The model writes what it reads after the text, or as its target. */
  generates: boolean;
  comparedWith: ComparedWith | null;
}

/** What one place of attention asks for beside its text, and what it is compared with. */
export class AskedFor {
  model: string | null = null;
  window = 0;
  stride = 0;
  generates = false;
  /** What is asked whatever memory it takes. */
  anyway = false;
  /** The head to open with the next result. */
  private head: OpenedHead | null = null;
  /** The question that window and budget were chosen for; null for the next one, whatever it is. */
  private of: string | null = null;

  /** Asks for all of this with the next question. */
  restore({ model, window, stride, generates }: Omit<KeptSettings, 'comparedWith'>): void {
    Object.assign(this, { model, window, stride, generates });
    [this.of, this.anyway] = [null, false];
  }

  /** Opens a head of a model with the next result; null for none, and for the model that answers. */
  open(model: string | null, head: HeadTarget | null): void {
    this.model = model;
    this.head = head && { ...head, opening: randomUUID() };
  }

  /** Begins with the first window, and with the budget, where the question is another than before. */
  turnTo(question: unknown): void {
    const of = JSON.stringify(question);
    if (this.of !== null && this.of !== of) [this.window, this.anyway] = [0, false];
    this.of = of;
  }

  /** The head to open with a result, once: from then on a person chooses. */
  takeHead(): OpenedHead | null {
    const { head } = this;
    this.head = null;
    return head;
  }
}

const isText = (value: unknown): value is string => typeof value === 'string';

/** Settings from what a view kept, whatever that is; the usual ones where it is something else. */
export function settingsFrom(kept: unknown): KeptSettings {
  const { model, window, stride, generates, comparedWith } = (kept ?? {}) as Record<string, unknown>;
  return {
    model: isText(model) ? model : null,
    window: isIndex(window) ? window : 0,
    stride: isIndex(stride) ? stride : 0,
    generates: generates === true,
    comparedWith: isComparedWith(comparedWith) ? comparedWith : null,
  };
}

function isComparedWith(value: unknown): value is ComparedWith {
  const { kind, model, texts, word } = (value ?? {}) as Record<string, unknown>;
  if (kind === 'model') return isText(model);
  const areTexts = Array.isArray(texts) && [1, 2].includes(texts.length) && texts.every(isText);
  if (kind === 'texts') return areTexts;
  const { sequence, start, end } = (word ?? {}) as Record<string, unknown>;
  return kind === 'masked' && areTexts && [sequence, start, end].every(isIndex);
}
