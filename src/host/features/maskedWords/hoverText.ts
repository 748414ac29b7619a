import * as vscode from 'vscode';
import type { TextRange } from '../../../protocol/encoding';
import type { Prediction } from '../../../protocol/inspections';
import { barScale } from '../../../core/barScale';
import { percent } from '../../../core/percent';
import type { FillRequest } from './fillMask';

/** Commands that a hover's links may run, and no others. */
export const hoverCommands = { fill: 'headlight.fillMask', open: 'headlight.predictMaskedWords' };

/** Characters of the longest bar. */
const barLength = 12;

/** Predictions as a Markdown table, each word a link that fills it in. */
export function hoverText(
  document: vscode.Uri,
  mask: TextRange,
  passage: TextRange,
  predictions: Prediction[],
): vscode.MarkdownString {
  const documentUri = document.toString();
  const scale = barScale(predictions.map(({ probability }) => probability));
  const rows = predictions.map((prediction) => {
    const fill: FillRequest = { documentUri, ...mask, text: prediction.text };
    const word = `[${escapeCell(prediction.token)}](${commandLink(hoverCommands.fill, fill)})`;
    return `| ${word} | ${percent(prediction.probability)} | ${bar(prediction.probability / scale)} |`;
  });
  const open = commandLink(hoverCommands.open, { documentUri, ...passage });
  const markdown = new vscode.MarkdownString(
    [
      `| ${vscode.l10n.t('Fill in')} | | |`,
      '|:--|--:|:--|',
      ...rows,
      '',
      `[${vscode.l10n.t('Show all masked words')}](${open})`,
    ].join('\n'),
  );
  markdown.isTrusted = { enabledCommands: Object.values(hoverCommands) };
  return markdown;
}

/** A part of the longest bar as block characters, an eighth of a character exact. */
function bar(part: number): string {
  const eighths = Math.round(part * barLength * 8);
  const last = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighths % 8]!;
  return '█'.repeat(Math.floor(eighths / 8)) + last || '▏';
}

function commandLink(command: string, argument: unknown): string {
  const query = encodeURIComponent(JSON.stringify([argument]));
  // Parentheses would end the Markdown link that this goes into.
  return `command:${command}?${query.replaceAll('(', '%28').replaceAll(')', '%29')}`;
}

/** A token is data: nothing in it may become Markdown or end the table's cell. */
function escapeCell(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+\-.!|<>~&]/g, (character) => `&#${character.charCodeAt(0)};`);
}
