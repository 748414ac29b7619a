import * as vscode from 'vscode';
import { surpriseLevels } from '../../../core/surprise';
import type { TextQuestion } from '../../../protocol/inspections';
import type { AttentionTarget, ScoreViewRequests } from '../../../protocol/views';
import type { ScoreResult } from '../../../protocol/words';
import { InspectionPanel } from '../../services/inspectionPanel';
import { Marks } from '../../services/marks';
import { questionFromEditor } from '../../services/question';
import type { Services } from '../../services/services';
import { followLink } from '../../services/viewLink';

/** The command and the view that mask each word of a text in turn. */
export function registerScore(services: Services): vscode.Disposable {
  const { engine } = services;
  // Lines below the words, thicker where the model is surprised more.
  const marks = new Marks<number>(
    Array.from({ length: surpriseLevels }, (_, index) => [
      index + 1,
      {
        borderStyle: 'solid',
        borderColor: new vscode.ThemeColor('charts.yellow'),
        borderWidth: `0 0 ${index + 1}px 0`,
      },
    ]),
  );
  /** What the scores on show were asked of. */
  let asked: TextQuestion | null = null;
  /** The window that was chosen of the text and model that were asked about last. */
  let chosen = { of: '', window: 0 };
  const place = { viewType: 'headlight.score', title: vscode.l10n.t('Surprising Words') };
  const view = new InspectionPanel<ScoreResult, ScoreViewRequests>(services, place, {
    bundle: 'score',
    kind: 'maskedWords',
    busyMessage: vscode.l10n.t('Masking each word in turn…'),
    ask(question, options) {
      asked = question;
      const of = JSON.stringify(question);
      if (of !== chosen.of) chosen = { of, window: 0 };
      marks.show([]);
      return engine.request('score', { ...question, window: chosen.window }, options);
    },
    onResult(result) {
      if (result === null) marks.show([]);
    },
    handlers: (common) => ({
      ...common,
      async readWindow({ index }) {
        chosen.window = index;
        await view.inspector.ask();
        return null;
      },
      async compareAttention({ word }) {
        if (!asked) return null;
        const texts = [asked.text, ...(asked.pair === undefined ? [] : [asked.pair])];
        const target: AttentionTarget = { head: null, comparedWith: { kind: 'masked', word, texts } };
        const source = view.inspector.sourceState;
        await followLink('headlight.exploreAttention', { model: asked.model, source, target });
        return null;
      },
      mark({ words }) {
        marks.show(
          view.inspector.placesOf(words).map((place, index) => ({ ...place, look: words[index]!.level })),
        );
        return null;
      },
    }),
  });
  const command = vscode.commands.registerCommand('headlight.scoreWords', async () => {
    const source = questionFromEditor();
    if (typeof source === 'string') void vscode.window.showInformationMessage(source);
    else await view.open(source);
  });
  return vscode.Disposable.from(view, marks, command);
}
