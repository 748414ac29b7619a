import * as vscode from 'vscode';
import type { ScoreViewRequests } from '../../../protocol/views';
import type { ScoreResult } from '../../../protocol/words';
import { InspectionPanel } from '../../services/inspectionPanel';
import { questionFromEditor } from '../../services/question';
import type { Services } from '../../services/services';
import { SurpriseMarks } from './marks';

/** The command and the view that mask each word of a text in turn. */
export function registerScore(services: Services): vscode.Disposable {
  const { engine } = services;
  const marks = new SurpriseMarks();
  /** The window that was chosen of the text and model that were asked about last. */
  let chosen = { of: '', window: 0 };
  const place = { viewType: 'headlight.score', title: vscode.l10n.t('Surprising Words') };
  const view = new InspectionPanel<ScoreResult, ScoreViewRequests>(services, place, {
    bundle: 'score',
    kind: 'maskedWords',
    busyMessage: vscode.l10n.t('Masking each word in turn…'),
    ask(question, options) {
      const of = JSON.stringify(question);
      if (of !== chosen.of) chosen = { of, window: 0 };
      marks.show([]);
      return engine.request('score', { ...question, window: chosen.window }, options);
    },
    handlers: (common) => ({
      ...common,
      async readWindow({ index }) {
        chosen.window = index;
        await view.inspector.ask();
        return null;
      },
      mark({ words }) {
        marks.show(
          words.flatMap(({ level, ...range }) =>
            view.inspector.placesOf([range]).map((found) => ({ ...found, level })),
          ),
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
