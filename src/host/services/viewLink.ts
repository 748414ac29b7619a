import * as vscode from 'vscode';
import type { SourceState } from '../../protocol/views';
import { EditorSource } from './editorSource';

/** A command of another view: the same model and text, opened at a place. */
export interface ViewLink<Target> {
  model: string;
  source: SourceState | null;
  target: Target;
}

/** Opens another view at a place, on the same model and text. */
export function followLink<Target>(command: string, link: ViewLink<Target>): Thenable<unknown> {
  return vscode.commands.executeCommand(command, link);
}

/** What a view has linked to; undefined for a command of a person, which a menu may give its document. */
export function linkFrom<Target>(argument: unknown): ViewLink<Target> | undefined {
  const isLink =
    typeof argument === 'object' && argument !== null && 'target' in argument && 'model' in argument;
  return isLink ? (argument as ViewLink<Target>) : undefined;
}

/** The text of a link; undefined where there is none, or it is gone. */
export async function sourceOf({
  source,
}: Pick<ViewLink<unknown>, 'source'>): Promise<EditorSource | undefined> {
  return (await EditorSource.fromState({ version: 2, source })) ?? undefined;
}
