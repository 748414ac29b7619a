import * as vscode from 'vscode';
import { HeadlightError } from '../../../core/errors';
import { findMaskMarks, maskMark } from '../../../core/maskMarks';
import type { TextQuestion } from '../../../protocol/inspections';
import type { AttentionTarget, MaskedWordsResult, MaskedWordsViewRequests } from '../../../protocol/views';
import { InspectionPanel } from '../../services/inspectionPanel';
import type { Services } from '../../services/services';
import { followLink } from '../../services/viewLink';
import { onDidChangeSetting, setting, writeSetting } from '../../services/settings';

export type MaskedWordsView = InspectionPanel<MaskedWordsResult, MaskedWordsViewRequests>;

/** Hypotheses of the search for words that go together; as many are listed. */
const beams = 5;

/** The view of what the model expects in each mask's place. */
export function createView(services: Services): MaskedWordsView {
  /** What the predictions on show were asked of. */
  let asked: TextQuestion | null = null;
  const place = { viewType: 'headlight.maskedWords', title: vscode.l10n.t('Masked Words') };
  const view: MaskedWordsView = new InspectionPanel(services, place, {
    bundle: 'maskedWords',
    kind: 'maskedWords',
    busyMessage: vscode.l10n.t('Predicting masked words…'),
    nothingToAsk: (texts) =>
      texts.some((text) => findMaskMarks(text).length > 0)
        ? null
        : vscode.l10n.t(
            'There is no {0} left in the text. Undo, or write {0} in place of another word.',
            maskMark,
          ),
    async ask(question, options) {
      asked = question;
      const topK = setting('maskedWords.topK');
      return { ...(await services.engine.request('fill', { ...question, topK }, options)), topK };
    },
    handlers: (common) => ({
      ...common,
      async fill({ fills }) {
        const masks = view.inspector.result?.masks;
        const changes = fills.flatMap(({ mask, text }) => {
          const range = masks?.[mask];
          return range ? [{ range, text }] : [];
        });
        if (changes.length > 0) await view.inspector.replace(changes);
        return null;
      },
      async fillJointly(_, { signal }) {
        if (!asked) throw new HeadlightError('NoMask', vscode.l10n.t('No text is shown.'));
        return services.engine.request('fillJointly', { ...asked, beams }, { signal });
      },
      async compareAttention({ mask, text }) {
        const place = view.inspector.result?.masks[mask];
        if (!asked || !place) return null;
        const before = [asked.text, ...(asked.pair === undefined ? [] : [asked.pair])];
        const texts = before.map((each, sequence) =>
          sequence === place.sequence ? each.slice(0, place.start) + text + each.slice(place.end) : each,
        );
        const target: AttentionTarget = { head: null, comparedWith: { kind: 'texts', texts } };
        const source = view.inspector.sourceState;
        await followLink('headlight.exploreAttention', { model: asked.model, source, target });
        return null;
      },
      async setTopK({ topK }) {
        await writeSetting('maskedWords.topK', topK);
        return null;
      },
    }),
  });
  services.context.subscriptions.push(
    onDidChangeSetting('maskedWords.topK', () => void view.inspector.ask()),
  );
  return view;
}
