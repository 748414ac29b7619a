import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as vscode from 'vscode';
import { activate, closeEditors, embeddedModel, openText, tabs, until } from './support';

describe('the commands', () => {
  before(activate);
  afterEach(closeEditors);

  it('are those that the manifest names', async () => {
    const { packageJSON } = vscode.extensions.getExtension('headlight.headlight')!;
    const contributed = (packageJSON as { contributes: { commands: { command: string }[] } }).contributes
      .commands;
    const known = new Set(await vscode.commands.getCommands(true));
    assert.deepEqual(
      contributed.filter(({ command }) => !known.has(command)),
      [],
    );
  });

  it('open a view beside the editor, which keeps the focus', async () => {
    const editor = await openText('The cat sat on the mat.');
    editor.selection = new vscode.Selection(0, 0, 0, 23);
    await vscode.commands.executeCommand('headlight.showTokens');
    await until('the view of tokens opens', () => tabs().includes('Tokens'));
    assert.equal(vscode.window.activeTextEditor?.document, editor.document);
  });

  it('open one view of masked words, however often they run', async () => {
    await openText('The cat sat on the [MASK].');
    await vscode.commands.executeCommand('headlight.predictMaskedWords');
    await vscode.commands.executeCommand('headlight.predictMaskedWords');
    await until('the view of masked words opens', () => tabs().includes('Masked Words'));
    assert.equal(tabs().filter((label) => label === 'Masked Words').length, 1);
  });

  it('report an issue with the facts of the model that was asked, and no word of the text', async () => {
    const folder = path.join(mkdtempSync(path.join(tmpdir(), 'secret-project-')), 'secret-model');
    cpSync(embeddedModel(), folder, { recursive: true });
    await openText('My password is [MASK].');
    await vscode.commands.executeCommand('headlight.selectModel', folder);
    await vscode.commands.executeCommand('headlight.predictMaskedWords');
    await until('the view of masked words opens', () => tabs().includes('Masked Words'));
    void vscode.commands.executeCommand('headlight.reportIssue');
    const report = (): string | undefined =>
      vscode.workspace.textDocuments
        .find(({ isUntitled, languageId }) => isUntitled && languageId === 'markdown')
        ?.getText();
    await until('the report opens', () => report()?.includes('Headlight') ?? false);
    assert.match(report()!, /- last question: maskedWords/);
    assert.match(report()!, /- layers 4, heads 4, hidden size 160, vocabulary 8192, maximum length 512/);
    assert.match(report()!, /- not embedded/);
    assert.doesNotMatch(report()!, /password|secret/);
    await vscode.commands.executeCommand('headlight.selectModel', embeddedModel());
  });

  it('open no view when there is nothing to show', async () => {
    await openText('\n\n');
    await vscode.commands.executeCommand('headlight.showTokens');
    await vscode.commands.executeCommand('headlight.predictMaskedWords');
    await openText('There is no gap here.');
    await vscode.commands.executeCommand('headlight.predictMaskedWords');
    // Tabs follow their editors with a delay.
    await until(`only the two texts are open: ${tabs().join()}`, () => tabs().length === 2);
  });

  it('fill a mask as one undo step, and leave a text that changed alone', async () => {
    const before = 'The cat sat on the [MASK].';
    const { document } = await openText(before);
    const fill = {
      documentUri: document.uri.toString(),
      start: 19,
      end: 25,
      replaces: '[MASK]',
      text: 'mat',
    };
    await vscode.commands.executeCommand('headlight.fillMask', fill);
    assert.equal(document.getText(), 'The cat sat on the mat.');
    void vscode.commands.executeCommand('headlight.fillMask', fill);
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.equal(document.getText(), 'The cat sat on the mat.');
    await vscode.commands.executeCommand('undo');
    assert.equal(document.getText(), before);
  });

  it('take a model of the workspace for one, by whatever link the path leads', async () => {
    const api = await activate();
    const folder = path.join(vscode.workspace.workspaceFolders![0]!.uri.fsPath, 'mine');
    cpSync(embeddedModel(), folder, { recursive: true });
    const link = path.join(mkdtempSync(path.join(tmpdir(), 'headlight-link-')), 'elsewhere');
    symlinkSync(folder, link, 'junction');
    await vscode.commands.executeCommand('headlight.selectModel', link);
    assert.equal(api.models().find((model) => model.path === link)?.origin, 'workspace');
    await vscode.commands.executeCommand('headlight.selectModel', embeddedModel());
  });

  it('take a model from disk for what it can answer', async () => {
    const api = await activate();
    const graph = `${embeddedModel()}/model.onnx`;
    await vscode.commands.executeCommand('headlight.selectModel', graph);
    assert.equal((await api.fill('a [MASK]')).model, 'model.onnx');
    await vscode.commands.executeCommand('headlight.selectModel', embeddedModel());
    assert.equal((await api.fill('a [MASK]')).model, 'bert-tiny-en-zh');
  });
});
