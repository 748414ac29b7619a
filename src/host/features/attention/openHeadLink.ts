import path from 'node:path';
import * as vscode from 'vscode';
import type { TextRange } from '../../../protocol/encoding';
import { EditorSource } from '../../services/editorSource';
import type { Services } from '../../services/services';
import {
  checkOf,
  headLinkPath,
  linkAuthority,
  readHeadLink,
  type HeadLink,
  type LinkedFile,
} from './headLink';

/** Shows a head of a model on a text. */
type OpenHead = (model: string, source: EditorSource, link: HeadLink) => Promise<void>;

/** Links to heads, as the system gives them to VS Code, or pasted where a link of the system leads elsewhere. */
export function registerHeadLinks(services: Services, open: OpenHead): vscode.Disposable {
  const follow = (uri: vscode.Uri): Promise<void> => followHeadLink(services, uri, open);
  return vscode.Disposable.from(
    vscode.window.registerUriHandler({ handleUri: follow }),
    vscode.commands.registerCommand('headlight.openLink', async () => {
      const pasted = await vscode.window.showInputBox({
        title: vscode.l10n.t('Open Link to a Head'),
        prompt: vscode.l10n.t('A link to a head, copied from Export of Attention'),
        placeHolder: `${vscode.env.uriScheme}://${linkAuthority}${headLinkPath}?…`,
      });
      if (pasted === undefined) return;
      let uri: vscode.Uri;
      try {
        uri = vscode.Uri.parse(pasted.trim(), true);
      } catch {
        return sayNoLink();
      }
      await follow(uri);
    }),
  );
}

/** Opens what a link names, which anybody may have written: only a model at hand, and no file without a question. */
async function followHeadLink({ models }: Services, uri: vscode.Uri, open: OpenHead): Promise<void> {
  const isOurs = uri.authority.toLowerCase() === linkAuthority && uri.path === headLinkPath;
  const link = isOurs ? readHeadLink(uri.query) : null;
  if (!link) return sayNoLink();
  const model = models.find(link.model);
  if (model === undefined) {
    void vscode.window.showWarningMessage(
      vscode.l10n.t(
        'The link is of the model "{0}", which is not among the models here: it was not added, or is part of a workspace that is not trusted. Add it, then open the link again.',
        link.model,
      ),
    );
    return;
  }
  const source =
    link.text.kind === 'file'
      ? await sourceInFile(link, link.text)
      : await sourceOfText(link, link.text.texts);
  if (source) await open(model, source, link);
}

function sayNoLink(): void {
  void vscode.window.showWarningMessage(
    vscode.l10n.t(
      'This is no link to a head that Headlight knows: it is damaged, or of another version. Copy it anew.',
    ),
  );
}

async function sourceInFile(
  link: HeadLink,
  { uri, ranges, check }: LinkedFile,
): Promise<EditorSource | undefined> {
  const file = vscode.Uri.parse(uri);
  const isOpen = vscode.workspace.textDocuments.some((each) => each.uri.toString() === file.toString());
  const detail = vscode.l10n.t(
    'Opens the file {0}, and runs the model {1} on a part of it.',
    file.fsPath,
    nameOf(link),
  );
  if (!isOpen && !(await isWanted(link, detail))) return undefined;
  const name = path.basename(file.fsPath);
  let document: vscode.TextDocument;
  try {
    document = await vscode.workspace.openTextDocument(file);
  } catch {
    void vscode.window.showWarningMessage(
      vscode.l10n.t(
        'The link is to a text in "{0}", which is not there any more, or cannot be read: {1}',
        name,
        file.fsPath,
      ),
    );
    return undefined;
  }
  const { length } = document.getText();
  if (ranges.some(({ end }) => end > length)) {
    void vscode.window.showWarningMessage(
      vscode.l10n.t('The text of the link is not in "{0}" any more: the file is shorter now.', name),
    );
    return undefined;
  }
  await vscode.window.showTextDocument(document, { viewColumn: columnOf(document), preview: false });
  const source = new EditorSource(document, ranges);
  if (checkOf(source.texts) !== check) {
    void vscode.window.showWarningMessage(
      vscode.l10n.t(
        '"{0}" has changed since the link was copied. Shown is what stands in its place now.',
        name,
      ),
    );
  }
  return source;
}

/** The text of a link in a new editor that is not saved. */
async function sourceOfText(link: HeadLink, texts: string[]): Promise<EditorSource | undefined> {
  const content = texts.join('\n\n');
  const detail = vscode.l10n.t(
    'Opens this text, which is in the link, and runs the model {0} on it:',
    nameOf(link),
  );
  if (!(await isWanted(link, `${detail}\n\n${content}`))) return undefined;
  const document = await vscode.workspace.openTextDocument({ content });
  await vscode.window.showTextDocument(document, { viewColumn: vscode.ViewColumn.One, preview: false });
  return new EditorSource(document, rangesOf(document, texts));
}

/** Where texts with a blank line between them are in a document, whose ends of lines may be others. */
function rangesOf(document: vscode.TextDocument, [first, ...second]: string[]): TextRange[] {
  const end = document.getText().length;
  if (second.length === 0) return [{ start: 0, end }];
  const lines = first!.split(/\r\n|\r|\n/).length;
  const firstEnd = document.offsetAt(document.lineAt(lines - 1).range.end);
  return [
    { start: 0, end: firstEnd },
    { start: document.offsetAt(new vscode.Position(lines + 1, 0)), end },
  ];
}

async function isWanted({ layer, head }: HeadLink, detail: string): Promise<boolean> {
  const open = vscode.l10n.t('Open');
  const message = vscode.l10n.t('Open head {0} of a link?', `${layer}.${head}`);
  return (await vscode.window.showInformationMessage(message, { modal: true, detail }, open)) === open;
}

function nameOf({ model }: HeadLink): string {
  return path.basename(model);
}

/** Where a document is open already, or the first column. */
function columnOf(document: vscode.TextDocument): vscode.ViewColumn {
  const editor = vscode.window.visibleTextEditors.find((each) => each.document === document);
  return editor?.viewColumn ?? vscode.ViewColumn.One;
}
