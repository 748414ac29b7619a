import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { activate, closeEditors, openText } from './support';

async function hoverAt(
  document: vscode.TextDocument,
  line: number,
  character: number,
): Promise<vscode.MarkdownString[]> {
  const position = new vscode.Position(line, character);
  const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
    'vscode.executeHoverProvider',
    document.uri,
    position,
  );
  return hovers.flatMap(({ contents }) => contents as vscode.MarkdownString[]);
}

describe('the hover', () => {
  before(activate);
  afterEach(closeEditors);

  it('shows the predictions of the model over [MASK], with links that fill', async () => {
    const api = await activate();
    const text = 'She drinks a cup of [MASK].';
    const { document } = await openText(text);
    const [markdown] = await hoverAt(document, 0, 22);
    const { predictions } = (await api.fill(text)).masks[0]!;
    for (const { token } of predictions)
      assert.match(markdown!.value, new RegExp(`\\[${token}\\]\\(command:headlight\\.fillMask`));
  });

  it('reads the whole paragraph and not only the line', async () => {
    const api = await activate();
    const text = 'She was thirsty and wanted a cup of\n[MASK] with milk.';
    const { document } = await openText(`Before.\n\n${text}\n\nAfter.`);
    const [markdown] = await hoverAt(document, 3, 3);
    const { token } = (await api.fill(text)).masks[0]!.predictions[0]!;
    assert.ok(markdown!.value.includes(`[${token}]`));
  });

  it('shows nothing elsewhere', async () => {
    const { document } = await openText('She drinks a cup of [MASK].');
    assert.deepEqual(await hoverAt(document, 0, 3), []);
  });

  it('weighs any word by setting, and offers others', async () => {
    const api = await activate();
    const settings = vscode.workspace.getConfiguration('headlight');
    await settings.update('hover.words', true, true);
    try {
      const text = 'She drinks a cup of tea.';
      // The engine runs by now.
      const { predictions, pieces } = await api.word(text, 20);
      const { document } = await openText(text);
      const [markdown] = await hoverAt(document, 0, 21);
      assert.ok(markdown!.value.includes(`rank ${pieces[0]!.rank}`));
      assert.match(
        markdown!.value,
        new RegExp(`\\[${predictions[0]!.token}\\]\\(command:headlight\\.fillMask`),
      );
    } finally {
      await settings.update('hover.words', undefined, true);
    }
  });

  it('is there for Chinese in plain text', async () => {
    const { document } = await openText('我今天很[MASK]。', 'txt');
    const [markdown] = await hoverAt(document, 0, 6);
    assert.match(markdown!.value, /\p{Script=Han}/u);
  });
});
