import * as vscode from 'vscode';

/** Says how far work is: a message, and the share of all of it that has been done since the last report. */
type Report = (message: string, share: number) => void;

/** Shows work under way in a notification, with a button that aborts its signal. */
export function withProgress<Result>(
  title: string,
  work: (signal: AbortSignal, report: Report) => Promise<Result>,
): Promise<Result> {
  const options = { location: vscode.ProgressLocation.Notification, cancellable: true, title };
  const running = vscode.window.withProgress(options, (progress, token) => {
    const run = new AbortController();
    token.onCancellationRequested(() => run.abort());
    return work(run.signal, (message, share) => progress.report({ message, increment: share * 100 }));
  });
  return Promise.resolve(running);
}
