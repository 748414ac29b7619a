import * as vscode from 'vscode';
import { barScale } from '../../../core/barScale';
import { percent } from '../../../core/percent';
import type { AttentionTarget, ComparedWith } from '../../../protocol/views';
import type { WordPiece } from '../../../protocol/words';
import { offsetsOf } from '../../services/question';
import type { ViewLink } from '../../services/viewLink';
import type { Expectation } from './expectations';
import type { FillRequest } from './fillMask';

/** Commands that a hover's links may run, and no others. */
export const hoverCommands = {
  fill: 'headlight.fillMask',
  open: 'headlight.predictMaskedWords',
  selectModel: 'headlight.selectModel',
  attention: 'headlight.exploreAttention',
};

/** Characters of the longest bar. */
const barLength = 12;

/** What the model expects as a Markdown table, each word a link that puts it in. */
export function hoverText(document: vscode.TextDocument, expectation: Expectation): vscode.MarkdownString {
  const { model, range, passage, predictions, entropy, pieces } = expectation;
  const documentUri = document.uri.toString();
  const scale = barScale(predictions.map(({ probability }) => probability));
  const place = { documentUri, ...offsetsOf(document, range), replaces: document.getText(range) };
  const rows = predictions.map((prediction) => {
    const fill: FillRequest = { ...place, text: prediction.text };
    const word = `[${escapeCell(prediction.token)}](${commandLink(hoverCommands.fill, fill)})`;
    return `| ${word} | ${percent(prediction.probability)} | ${bar(prediction.probability / scale)} |`;
  });
  const open = commandLink(hoverCommands.open, { documentUri, ...passage });
  const show = pieces.length === 0 ? [`[${vscode.l10n.t('Show all masked words')}](${open})`] : [];
  const text = document.getText().slice(passage.start, passage.end);
  const within = { start: place.start - passage.start, end: place.end - passage.start };
  const [first] = predictions;
  const comparedWith: ComparedWith | null =
    pieces.length > 0
      ? { kind: 'masked', word: { sequence: 0, ...within }, texts: [text] }
      : first
        ? { kind: 'texts', texts: [text.slice(0, within.start) + first.text + text.slice(within.end)] }
        : null;
  const link: ViewLink<AttentionTarget> = {
    ...{ model, source: { documentUri, ranges: [passage] } },
    target: { head: null, comparedWith },
  };
  const name =
    pieces.length > 0
      ? vscode.l10n.t('Attention with this word masked')
      : vscode.l10n.t('Attention with the first word filled in');
  const attention = comparedWith === null ? [] : [`[${name}](${commandLink(hoverCommands.attention, link)})`];
  const select = `[${vscode.l10n.t('Select another model')}](${commandLink(hoverCommands.selectModel)})`;
  const markdown = new vscode.MarkdownString(
    [
      ...standingText(pieces),
      `| ${pieces.length > 0 ? vscode.l10n.t('Put in instead') : vscode.l10n.t('Fill in')} | | |`,
      '|:--|--:|:--|',
      ...rows,
      '',
      [vscode.l10n.t('entropy {0} bits', entropy.toFixed(1)), ...show, ...attention, select].join(' · '),
    ].join('\n'),
  );
  markdown.isTrusted = { enabledCommands: Object.values(hoverCommands) };
  return markdown;
}

/** The word that stands there: its probability, and the rank of each of its pieces. */
function standingText(pieces: WordPiece[]): string[] {
  if (pieces.length === 0) return [];
  const probability = Math.exp(pieces.reduce((sum, piece) => sum + piece.logProbability, 0));
  const word = pieces.map(({ token }) => escapeCell(token)).join(' ');
  const ranks = pieces.map(({ rank }) => rank).join(', ');
  return [`**${word}** · ${percent(probability)} · ${vscode.l10n.t('rank {0}', ranks)}`, ''];
}

/** A part of the longest bar as block characters, an eighth of a character exact. */
function bar(part: number): string {
  const eighths = Math.round(part * barLength * 8);
  const last = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighths % 8]!;
  return '█'.repeat(Math.floor(eighths / 8)) + last || '▏';
}

function commandLink(command: string, argument?: unknown): string {
  const query = encodeURIComponent(JSON.stringify(argument === undefined ? [] : [argument]));
  // Parentheses would end the Markdown link that this goes into.
  return `command:${command}?${query.replaceAll('(', '%28').replaceAll(')', '%29')}`;
}

/** A token is data: nothing in it may become Markdown or end the table's cell. */
function escapeCell(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+\-.!|<>~&]/g, (character) => `&#${character.charCodeAt(0)};`);
}
