import * as vscode from 'vscode';
import type { ModelFacts, QuestionKind } from '../../../protocol/models';

/** What a kind of question is called in sentences. */
export function kindName(kind: QuestionKind): string {
  switch (kind) {
    case 'tokens':
      return vscode.l10n.t('tokens');
    case 'maskedWords':
      return vscode.l10n.t('masked words');
    case 'attention':
      return vscode.l10n.t('attention');
    case 'pair':
      return vscode.l10n.t('sentence pairs');
    case 'classes':
      return vscode.l10n.t('classes');
    case 'tags':
      return vscode.l10n.t('tags');
    case 'answer':
      return vscode.l10n.t('answers to questions');
    case 'similarity':
      return vscode.l10n.t('similarity');
    case 'generation':
      return vscode.l10n.t('generated text');
  }
}

/** Several kinds of question, as a list. */
export function kindNames(kinds: QuestionKind[]): string {
  return new Intl.ListFormat(vscode.env.language, { type: 'conjunction' }).format(kinds.map(kindName));
}

/** A model in one line: family, size, what it answers, and why not more. */
export function describeFacts(facts: ModelFacts): string {
  const parts = [
    facts.family,
    facts.layers && facts.heads && vscode.l10n.t('{0} layers × {1} heads', facts.layers, facts.heads),
    facts.parameters && vscode.l10n.t('{0} parameters', compact(facts.parameters)),
    facts.answers.length > 0 && vscode.l10n.t('answers: {0}', kindNames(facts.answers)),
    ...facts.missing.map(({ message }) => message),
  ];
  return parts.filter(Boolean).join(' · ');
}

/** A size, such as 67 MB. */
export function bytes(count: number): string {
  const units = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const;
  const at = Math.min(Math.floor(Math.log10(Math.max(count, 1)) / 3), units.length - 1);
  return new Intl.NumberFormat(vscode.env.language, {
    style: 'unit',
    unit: units[at],
    unitDisplay: 'short',
    maximumSignificantDigits: 3,
  }).format(count / 1000 ** at);
}

function compact(count: number): string {
  return new Intl.NumberFormat(vscode.env.language, {
    notation: 'compact',
    maximumSignificantDigits: 3,
  }).format(count);
}
