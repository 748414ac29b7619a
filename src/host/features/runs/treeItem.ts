import * as vscode from 'vscode';
import { exactDigits } from '../../../core/curves';
import type { FoundRun, RunFormat, RunSummary } from '../../../protocol/runs';

export interface RunItem {
  kind: 'run';
  run: FoundRun;
  /** One that Headlight ships: it was written when it was installed, and is over. */
  isSample: boolean;
  /** What it has come to; undefined before that was read, null when its logs do not tell. */
  summary: RunSummary | null | undefined;
  /** Whether it was shown as live. */
  wasLive: boolean;
}

/** What people call the formats: names of files and of programs, the same in every language. */
const formatNames: Record<RunFormat, string> = {
  trainerState: 'trainer_state.json',
  tensorboard: 'TensorBoard',
  lightning: 'Lightning',
  csv: 'CSV',
  jsonl: 'JSON Lines',
  mlflow: 'MLflow',
  visualdl: 'VisualDL',
  trackio: 'Trackio',
};

/** Milliseconds within which a log must have been written for its run to count as live. */
const silence = 60_000;

/** Whether a run is being written: lately, and not yet to the step that its trainer wants to reach. */
export function isLive({ run, isSample, summary }: RunItem): boolean {
  const isDone = summary?.plannedSteps != null && (summary.lastStep ?? 0) >= summary.plannedSteps;
  // A log that seems to come from the future was written before the clock was set back.
  return !isSample && !isDone && Math.abs(Date.now() - run.modified) < silence;
}

/** A run in the tree: its name, last step, best value, and whether it is live. */
export function runTreeItem(item: RunItem): vscode.TreeItem {
  const { run, summary } = item;
  const name = run.name.replace(/\/logs$/, '');
  const treeItem = new vscode.TreeItem(name);
  treeItem.id = `${run.format} ${run.path}`;
  const live = isLive(item);
  const state = live ? vscode.l10n.t('live') : vscode.l10n.t('ended');
  const best = summary?.best && bestText(summary.best.tag, summary.best.value);
  const step = summary?.lastStep == null ? null : vscode.l10n.t('step {0}', summary.lastStep);
  const said = (parts: (string | null | undefined)[]): string[] => parts.filter((part) => part != null);
  // Short enough for a narrow sidebar: the rest is in the tooltip, and is read out.
  const value = summary?.best?.value == null ? null : `★ ${digitsOf(summary.best.value)}`;
  treeItem.description = said([step, value, state]).join(' · ');
  const words = said([
    formatNames[run.format],
    stepText(summary),
    best && `${best}, ${vscode.l10n.t('at step {0}', summary.best!.step)}`,
    state,
  ]);
  const written = vscode.l10n.t(
    'Last written {0}',
    new Date(run.modified).toLocaleString(vscode.env.language),
  );
  treeItem.tooltip = [run.path, ...words, written].join('\n');
  treeItem.accessibilityInformation = { label: [name, ...words].join(', ') };
  treeItem.iconPath = new vscode.ThemeIcon(live ? 'pulse' : 'graph-line');
  treeItem.contextValue = 'run';
  treeItem.command = { command: 'headlight.openRun', title: '', arguments: [item] };
  return treeItem;
}

function bestText(tag: string | null, value: number | null): string | null {
  if (value === null) return null;
  const digits = digitsOf(value);
  return tag === null ? vscode.l10n.t('best {0}', digits) : vscode.l10n.t('best {0} {1}', tag, digits);
}

function digitsOf(value: number): string {
  return exactDigits(Number(value.toPrecision(5)));
}

function stepText(summary: RunSummary | null | undefined): string | null {
  if (summary?.lastStep == null) return null;
  const { lastStep, plannedSteps } = summary;
  return plannedSteps === null
    ? vscode.l10n.t('last step {0}', lastStep)
    : vscode.l10n.t('last step {0} of {1}', lastStep, plannedSteps);
}
