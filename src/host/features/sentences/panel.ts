import * as vscode from 'vscode';
import { csvOf } from '../../../core/csv';
import { HeadlightError } from '../../../core/errors';
import type { TextQuestion } from '../../../protocol/inspections';
import type { AttentionTarget, SentencesResult, SentencesViewRequests } from '../../../protocol/views';
import type { EditorSource } from '../../services/editorSource';
import { InspectionPanel, type PanelPlace } from '../../services/inspectionPanel';
import type { Inspection } from '../../services/inspector';
import type { Services } from '../../services/services';
import { followLink } from '../../services/viewLink';

export type SentencesPanel = InspectionPanel<SentencesResult, SentencesViewRequests>;

type SentencesInspection = Inspection<SentencesResult, SentencesViewRequests>;

interface PanelOptions extends Pick<SentencesInspection, 'kind' | 'busyMessage' | 'nothingToAsk' | 'ask'> {
  place: PanelPlace;
  onResult?(result: SentencesResult | null, source: EditorSource | undefined): void;
  setByLine?(byLine: boolean): Promise<void>;
  askQuestion?(): Promise<void>;
}

/** A panel for one kind of question about sentences. All of them share a view. */
export function createPanel(services: Services, options: PanelOptions): SentencesPanel {
  const { place, kind, busyMessage, nothingToAsk, ask, onResult, setByLine, askQuestion } = options;
  /** What the result on show was asked of. */
  let asked: TextQuestion | null = null;
  const onShow = (): TextQuestion => {
    if (asked) return asked;
    throw new HeadlightError('NoTokens', vscode.l10n.t('No text is shown.'));
  };
  const panel: SentencesPanel = new InspectionPanel<SentencesResult, SentencesViewRequests>(services, place, {
    bundle: 'sentences',
    ...{ kind, busyMessage, nothingToAsk, onResult },
    ask(question, options, anyway) {
      asked = question;
      return ask(question, options, anyway);
    },
    handlers: (common) => ({
      ...common,
      async setByLine({ byLine }) {
        await setByLine?.(byLine);
        return null;
      },
      async occlude(watched, { signal, progress }) {
        const question = { ...onShow(), ...watched };
        return services.engine.request('occlusion', question, { signal, onProgress: progress });
      },
      async knockOut(watched, { signal, progress }) {
        const question = { ...onShow(), ...watched };
        return services.engine.request('knockOut', question, { signal, onProgress: progress });
      },
      async openAttention(head) {
        const target: AttentionTarget = { head, comparedWith: null };
        const source = panel.inspector.sourceState;
        await followLink('headlight.exploreAttention', { model: onShow().model, source, target });
        return null;
      },
      async askQuestion() {
        await askQuestion?.();
        return null;
      },
      async exportTable({ name, rows }) {
        await saveTable(name, rows);
        return null;
      },
    }),
  });
  return panel;
}

async function saveTable(name: string, rows: string[][]): Promise<void> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const target = await vscode.window.showSaveDialog({
    defaultUri: folder && vscode.Uri.joinPath(folder, `${name}.csv`),
    filters: { CSV: ['csv'] },
  });
  if (!target) return;
  try {
    await vscode.workspace.fs.writeFile(target, new TextEncoder().encode(csvOf(rows)));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    void vscode.window.showErrorMessage(vscode.l10n.t('The table could not be saved: {0}', reason));
  }
}
