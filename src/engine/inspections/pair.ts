import * as l10n from '@vscode/l10n';
import { HeadlightError } from '../../core/errors';
import type { CallContext } from '../../core/rpc';
import type { TextQuestion } from '../../protocol/inspections';
import type { PairHead, PairResult } from '../../protocol/sentences';
import type { Model } from '../models/store';
import type { SessionCache } from '../sessions';
import { activationOf, requireHeads, runHeads, scoresOf } from './heads';
import { readText } from './longText';

/** Index 0 is the true pair in both of the reference library's heads. */
const labelsOfHead = {
  nextSentence: ['next', 'random'],
  sentenceOrder: ['inOrder', 'swapped'],
} as const;

/**
 * How two texts go together, in both orders: next sentence (Devlin et al. 2019, section 3.1), sentence order (Lan et
 * al. 2020, section 3.1), or the classes of a classifier.
 * @throws HeadlightError `NoHead`, `NoPair`, `TextTooLong`.
 */
export async function pair(
  model: Model,
  sessions: SessionCache,
  question: TextQuestion,
  context: CallContext,
): Promise<PairResult> {
  const [head] = requireHeads(model, 'pair');
  const { text, pair: second } = question;
  if (second === undefined) throw noPair();
  const orders = [
    await readText(model, question),
    await readText(model, { ...question, text: second, pair: text }),
  ];
  const logits: Float32Array[] = [];
  const texts = orders.map(({ tokens }) => tokens);
  await runHeads(
    model,
    sessions,
    { heads: [head], texts },
    context,
    (index, [row]) => (logits[index] = row!),
  );
  const [own, swapped] = logits as [Float32Array, Float32Array];
  const kind = head.kind as PairHead;
  const activation = activationOf(model, own);
  const labels = labelsOfPairHead(model, kind);
  return {
    model: model.name,
    head: kind,
    activation,
    scores: scoresOf(own, labels, activation),
    swapped: scoresOf(swapped, labels, activation),
  };
}

/** What the outputs of a head that judges pairs mean, in their order. */
export function labelsOfPairHead(model: Model, kind: PairHead): readonly string[] {
  return kind === 'class' ? model.config.labels : labelsOfHead[kind];
}

function noPair(): HeadlightError {
  return new HeadlightError(
    'NoPair',
    l10n.t('A pair takes two texts. Select two, or two parts with a blank line between them.'),
  );
}
