import * as vscode from 'vscode';
import type { SourceState } from '../../../protocol/views';
import {
  checkOf,
  headLinkPath,
  isFileHere,
  linkAuthority,
  mostLinkedText,
  writeHeadLink,
  type HeadLink,
} from './headLink';

/**
 * Puts a link to a head into the clipboard. It names a file and ranges in it; of a text that is in no file it would
 * hold the text itself, which a person is asked about first.
 */
export async function copyHeadLink(
  head: Omit<HeadLink, 'text'>,
  { documentUri, ranges }: SourceState,
  inspected: readonly string[],
): Promise<void> {
  const texts = [...inspected];
  const text: HeadLink['text'] = isFileHere(documentUri)
    ? { kind: 'file', uri: documentUri, ranges, check: checkOf(texts) }
    : { kind: 'text', texts };
  if (text.kind === 'text' && !(await mayHold(texts))) return;
  // Not by way of `asExternalUri`: in a browser, that leads to this one window, and only for a while.
  const uri = vscode.Uri.from({
    scheme: vscode.env.uriScheme,
    authority: linkAuthority,
    path: headLinkPath,
    query: writeHeadLink({ ...head, text }),
  });
  await vscode.env.clipboard.writeText(uri.toString());
  vscode.window.setStatusBarMessage(
    vscode.l10n.t('The link to head {0} is in the clipboard.', `${head.layer}.${head.head}`),
    5000,
  );
}

/** Whether a link may hold a text: it must be short, and a person must want it. */
async function mayHold(texts: string[]): Promise<boolean> {
  const whole = texts.join('\n\n');
  if (texts.join('').length > mostLinkedText) {
    void vscode.window.showWarningMessage(
      vscode.l10n.t(
        'A link names text by its file, and this text is in none. Save it, then copy the link again.',
      ),
    );
    return false;
  }
  const copy = vscode.l10n.t('Copy with the Text');
  const answer = await vscode.window.showWarningMessage(
    vscode.l10n.t('The text is in no file. The link would hold the text itself.'),
    { modal: true, detail: whole },
    copy,
  );
  return answer === copy;
}
