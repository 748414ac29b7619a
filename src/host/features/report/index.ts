import * as vscode from 'vscode';
import type { Services } from '../../services/services';
import { type IssueFacts, issueReport } from './issueReport';

/** The command that gathers what a report about Headlight needs, in a document that is sent to nobody. */
export function registerReport(services: Services): vscode.Disposable {
  return vscode.commands.registerCommand('headlight.reportIssue', () => reportIssue(services));
}

async function reportIssue(services: Services): Promise<void> {
  const content = issueReport(await gather(services));
  const document = await vscode.workspace.openTextDocument({ language: 'markdown', content });
  await vscode.window.showTextDocument(document);
  const open = vscode.l10n.t('Copy and Open Issues Page');
  const answer = await vscode.window.showInformationMessage(
    vscode.l10n.t(
      'Say what happened, read the rest, and take out what you do not want to tell. Nothing was sent.',
    ),
    open,
  );
  if (answer !== open) return;
  await vscode.env.clipboard.writeText(document.getText());
  const { bugs } = services.context.extension.packageJSON as { bugs: { url: string } };
  await vscode.env.openExternal(vscode.Uri.parse(bugs.url));
}

async function gather({ context, engine, models }: Services): Promise<IssueFacts> {
  const { version, contributes } = context.extension.packageJSON as {
    version: string;
    contributes: { configuration: { properties: Record<string, unknown> } };
  };
  const configuration = vscode.workspace.getConfiguration();
  const changed = Object.keys(contributes.configuration.properties).filter((name) => {
    const { globalValue, workspaceValue, workspaceFolderValue } = configuration.inspect(name) ?? {};
    return [globalValue, workspaceValue, workspaceFolderValue].some((value) => value !== undefined);
  });
  const asked = models.lastAnswering;
  return {
    headlight: version,
    vscode: vscode.version,
    application: vscode.env.appName,
    remote: vscode.env.remoteName,
    language: vscode.env.language,
    trusted: vscode.workspace.isTrusted,
    settings: changed.map((name) => [name, configuration.get(name)]),
    engineRuns: engine.running,
    question: asked?.kind,
    embedded: asked && models.entry(asked.model).origin === 'embedded',
    // A model that cannot be read is often what the report is about.
    model: await (asked && models.facts(asked.model).catch((error: Error) => error)),
  };
}
