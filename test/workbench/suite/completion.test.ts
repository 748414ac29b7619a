import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { activate, closeEditors, openText } from './support';

/** The words of the model that are offered at a place, in the order of the list. */
async function offeredAt(document: vscode.TextDocument, character: number): Promise<vscode.CompletionItem[]> {
  const { items } = await vscode.commands.executeCommand<vscode.CompletionList>(
    'vscode.executeCompletionItemProvider',
    document.uri,
    new vscode.Position(0, character),
  );
  return items
    .filter(({ detail }) => detail?.endsWith('by the model'))
    .sort((a, b) => a.sortText!.localeCompare(b.sortText!));
}

describe('the suggestions', () => {
  const settings = vscode.workspace.getConfiguration('headlight');
  before(activate);
  afterEach(async () => {
    await settings.update('completion.enabled', undefined, true);
    await closeEditors();
  });

  it('are what the model expects in place of [MASK], once they are switched on', async () => {
    const api = await activate();
    const text = 'She drinks a cup of [MASK].';
    const { document } = await openText(text);
    assert.deepEqual(await offeredAt(document, 22), []);
    await settings.update('completion.enabled', true, true);
    const offered = await offeredAt(document, 22);
    const { predictions } = (await api.fill(text)).masks[0]!;
    assert.deepEqual(
      offered.map(({ label }) => label),
      predictions.map(({ token }) => token),
    );
    const { start, end } = offered[0]!.range as vscode.Range;
    assert.deepEqual([start.character, end.character], [text.indexOf('['), text.indexOf(']') + 1]);
  });

  it('are others for the word at the caret', async () => {
    const api = await activate();
    await settings.update('completion.enabled', true, true);
    const text = '他每天早上喝茶。';
    const { document } = await openText(text);
    const offered = await offeredAt(document, text.indexOf('茶') + 1);
    const { predictions } = await api.word(text, text.indexOf('茶'));
    assert.deepEqual(
      offered.map(({ label }) => label),
      predictions.map(({ token }) => token),
    );
  });
});
