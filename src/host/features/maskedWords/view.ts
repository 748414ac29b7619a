import * as vscode from 'vscode';
import { findMaskMarks, maskMark } from '../../../core/maskMarks';
import type { MaskedWordsResult, MaskedWordsViewRequests } from '../../../protocol/views';
import { InspectionPanel } from '../../services/inspectionPanel';
import type { Services } from '../../services/services';
import { onDidChangeSetting, setting, writeSetting } from '../../services/settings';

export type MaskedWordsView = InspectionPanel<MaskedWordsResult, MaskedWordsViewRequests>;

/** The view of what the model expects in each mask's place. */
export function createView(services: Services): MaskedWordsView {
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
      const topK = setting('maskedWords.topK');
      return { ...(await services.engine.request('fill', { ...question, topK }, options)), topK };
    },
    handlers: (common) => ({
      ...common,
      async fill({ mask, text }) {
        const range = view.inspector.result?.masks[mask];
        if (range) await view.inspector.replace(range, text);
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
