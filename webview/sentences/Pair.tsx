import * as l10n from '@vscode/l10n';
import type { JSX } from 'preact';
import type { PairHead } from '../../src/protocol/sentences';
import { ScoreBars } from './ScoreBars';
import type { PictureProps } from './SentencesView';

/** How two texts go together, in both orders. */
export function Pair({ result, texts }: PictureProps<'pair'>): JSX.Element {
  const nameOf = (label: string): string => nameOfPairLabel(label, result.head);
  const orders = [
    { title: l10n.t('In this order'), scores: result.scores, shown: texts },
    { title: l10n.t('The other way round'), scores: result.swapped, shown: [...texts].reverse() },
  ];
  return (
    <>
      <p class="faint">{explanationOf(result.head)}</p>
      <div class="pair">
        {orders.map(({ title, scores, shown }) => (
          <section key={title} class="card" aria-label={title}>
            <h2>{title}</h2>
            {shown.map((text, index) => (
              <p key={index} class="passage">
                <span class="faint mono">{index === 0 ? 'A' : 'B'}</span> {text}
              </p>
            ))}
            <ScoreBars label={title} {...{ scores, nameOf }} />
          </section>
        ))}
      </div>
    </>
  );
}

/** A label of a head that judges pairs, in words; classes have names of their own. */
export function nameOfPairLabel(label: string, head: PairHead): string {
  if (head === 'class') return label;
  switch (label) {
    case 'next':
      return l10n.t('B follows A');
    case 'random':
      return l10n.t('B is from elsewhere');
    case 'inOrder':
      return l10n.t('in order');
    default:
      return l10n.t('swapped');
  }
}

function explanationOf(head: PairHead): string {
  switch (head) {
    case 'nextSentence':
      return l10n.t('Next-sentence head (BERT): does B follow A in the same text?');
    case 'sentenceOrder':
      return l10n.t('Sentence-order head (ALBERT): do A and B stand in their own order, or swapped?');
    case 'class':
      return l10n.t('Classification head, over both texts at once.');
  }
}
