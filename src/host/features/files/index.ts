import * as vscode from 'vscode';
import { HeadlightError, toHeadlightError } from '../../../core/errors';
import type { CallOptions } from '../../../core/rpc';
import { isTable, questionKindOf, type FileQuestion, type RowsQuestion } from '../../../protocol/files';
import type { QuestionKind } from '../../../protocol/models';
import type { FilesResult, FilesViewRequests } from '../../../protocol/views';
import { InspectionPanel } from '../../services/inspectionPanel';
import { beside, pickOutput } from '../../services/pickFiles';
import { sayError } from '../../services/sayError';
import type { Services } from '../../services/services';
import { withProgress } from '../../services/withProgress';
import { chooseFileQuestion } from './choose';

/** What was asked last: on show again after a reload of the window. */
const lastKey = 'headlight.files.last';

/** The command that asks a model about each row of a file, and the view of its answers. */
export function registerFiles(services: Services): vscode.Disposable {
  const { engine, models, context } = services;
  let asked = context.workspaceState.get<FileQuestion>(lastKey);
  /** Whether the next question runs the model; else it shows what is there. */
  let runs = false;
  const onShow = (part: Pick<RowsQuestion, 'filter' | 'start' | 'count'>): RowsQuestion => ({
    ...asked!,
    ...part,
  });
  const place = { viewType: 'headlight.files', title: vscode.l10n.t('Rows of a File') };
  const view = new InspectionPanel<FilesResult, FilesViewRequests>(services, place, {
    bundle: 'files',
    get kind(): QuestionKind {
      return questionKindOf[asked?.kind ?? 'classes'];
    },
    ownModel: true,
    busyMessage: vscode.l10n.t('Reading rows…'),
    takesNoText: true,
    async ask(_, options) {
      if (!asked) throw nothingAsked();
      const question = asked;
      const wanted = runs;
      runs = false;
      models.requireTrust(question.model);
      try {
        if (wanted) await engine.request('answerFile', question, { ...options, onProgress: seldom(options) });
      } catch (thrown) {
        // What is written so far is on show, with the way to go on.
        if (toHeadlightError(thrown).code !== 'Cancelled') throw thrown;
      }
      const { total, complete } = await engine.request(
        'fileRows',
        onShow({ filter: '', start: 0, count: 0 }),
      );
      const { model: name } = await models.facts(question.model);
      return { ...question, modelName: name, rows: total, complete };
    },
    handlers: (common) => ({
      ...common,
      rows: (part, { signal }) => engine.request('fileRows', onShow(part), { signal }),
      async resume() {
        await run();
        return null;
      },
      async saveRows({ filter }) {
        const title = vscode.l10n.t('Save as CSV');
        const target = await pickOutput(title, beside(asked!.output, 'csv'));
        if (target === undefined) return null;
        const question = { ...onShow({ filter, start: 0, count: 0 }), target };
        await withProgress(title, (signal, report) => {
          let before = 0;
          return engine.request('saveFileRows', question, {
            signal,
            onProgress({ message, fraction = before }) {
              report(message, fraction - before);
              before = fraction;
            },
          });
        }).catch((thrown: unknown) => sayError(services, title, thrown));
        return null;
      },
      async openOutput() {
        await show(asked!.output);
        return null;
      },
      async openRow({ row }) {
        // A row of a table may have several lines: the file is opened, at its beginning.
        const { file } = asked!;
        await show(file, isTable(file) ? undefined : new vscode.Range(row - 1, 0, row, 0));
        return null;
      },
    }),
  });

  async function run(): Promise<void> {
    runs = true;
    await view.inspector.ask();
  }

  /** Files may be larger than what an extension can read of them. */
  async function show(file: string, selection?: vscode.Range): Promise<void> {
    const options: vscode.TextDocumentShowOptions = { viewColumn: vscode.ViewColumn.One, selection };
    try {
      await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(file), options);
    } catch (thrown) {
      await sayError(services, file, thrown);
    }
  }

  const command = vscode.commands.registerCommand('headlight.askFile', async (given?: vscode.Uri) => {
    const question = await chooseFileQuestion(services, given);
    if (!question) return;
    asked = question;
    await context.workspaceState.update(lastKey, question);
    // Rows are on show as they come.
    await view.open(undefined);
    await run();
  });
  return vscode.Disposable.from(view, command);
}

/** Progress a few times a second: rows may be many more. */
function seldom({ onProgress }: CallOptions): CallOptions['onProgress'] {
  let told = -Infinity;
  return (progress) => {
    const now = performance.now();
    if (now - told < 200) return;
    told = now;
    onProgress?.(progress);
  };
}

function nothingAsked(): HeadlightError {
  const message = vscode.l10n.t('No file was read. Run "Headlight: Ask About Each Row of a File".');
  return new HeadlightError('WrongUsage', message);
}
