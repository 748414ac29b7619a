import * as vscode from 'vscode';
import type { EditorSource } from '../../services/editorSource';
import { questionFromEditor } from '../../services/question';
import type { Services } from '../../services/services';
import { createAnswerPanel } from './answer';
import { createPanel } from './panel';
import { TagDecorations } from './tagDecorations';

/** The commands and views that ask a model about whole sentences: pairs, classes, tags, answers, similarity. */
export function registerSentences(services: Services): vscode.Disposable {
  const { engine } = services;
  const decorations = new TagDecorations();
  let byLine = false;

  const pair = createPanel(services, {
    place: { viewType: 'headlight.pair', title: vscode.l10n.t('Sentence Pair') },
    kind: 'pair',
    busyMessage: vscode.l10n.t('Judging the pair…'),
    nothingToAsk: (texts) =>
      texts.length === 2
        ? null
        : vscode.l10n.t(
            'A pair takes two texts. Select two, with Alt held, or two parts with a blank line between them.',
          ),
    ask: async (question, options) => ({
      kind: 'pair',
      ...(await engine.request('pair', question, options)),
    }),
  });
  const classes = createPanel(services, {
    place: { viewType: 'headlight.classes', title: vscode.l10n.t('Classes') },
    kind: 'classes',
    busyMessage: vscode.l10n.t('Classifying…'),
    ask: async (question, options) => ({
      kind: 'classes',
      ...(await engine.request('classes', { ...question, byLine }, options)),
    }),
    async setByLine(wanted) {
      byLine = wanted;
      await classes.inspector.ask();
    },
  });
  const tags = createPanel(services, {
    place: { viewType: 'headlight.tags', title: vscode.l10n.t('Tags') },
    kind: 'tags',
    busyMessage: vscode.l10n.t('Tagging words…'),
    async ask({ model, text }, options) {
      return { kind: 'tags', ...(await engine.request('tags', { model, text }, options)) };
    },
    onResult: (result, source) => decorations.show(result?.kind === 'tags' ? result.spans : [], source),
  });
  const similarity = createPanel(services, {
    place: { viewType: 'headlight.similarity', title: vscode.l10n.t('Similarity') },
    kind: 'similarity',
    busyMessage: vscode.l10n.t('Comparing lines…'),
    ask: async (question, options) => ({
      kind: 'similarity',
      ...(await engine.request('similarity', question, options)),
    }),
  });
  const answer = createAnswerPanel(services);

  const command = (
    name: string,
    open: (source: EditorSource) => Promise<void>,
    asOne = false,
  ): vscode.Disposable =>
    vscode.commands.registerCommand(name, async () => {
      const source = questionFromEditor({ asOne });
      if (typeof source === 'string') void vscode.window.showInformationMessage(source);
      else await open(source);
    });
  return vscode.Disposable.from(
    ...[decorations, pair, classes, tags, similarity, answer],
    command('headlight.judgePair', (source) => pair.open(source)),
    command('headlight.classify', (source) => {
      byLine = false;
      return classes.open(source);
    }),
    command('headlight.answerQuestion', (source) => answer.open(source)),
    command(
      'headlight.classifyLines',
      (source) => {
        byLine = true;
        return classes.open(source);
      },
      true,
    ),
    command('headlight.tagWords', (source) => tags.open(source), true),
    command('headlight.compareLines', (source) => similarity.open(source), true),
  );
}
