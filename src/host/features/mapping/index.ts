import path from 'node:path';
import * as vscode from 'vscode';
import type { CallOptions } from '../../../core/rpc';
import { percent } from '../../../core/percent';
import type { Coverage, MappingMethod } from '../../../protocol/mapping';
import { beside, pickFile, pickOutput } from '../../services/pickFiles';
import { sayError } from '../../services/sayError';
import type { Services } from '../../services/services';
import { withProgress } from '../../services/withProgress';

/** The commands for texts whose words were replaced by codes: make a mapping, apply it, and reverse it. */
export function registerMapping(services: Services): vscode.Disposable {
  const register = (command: string, run: (file: string) => Promise<void>): vscode.Disposable =>
    vscode.commands.registerCommand(command, async () => {
      const file = await pickFile(vscode.l10n.t('Choose the Text'));
      if (file !== undefined) await run(file);
    });
  return vscode.Disposable.from(
    register('headlight.makeMapping', (file) => make(services, file)),
    register('headlight.applyMapping', (file) => apply(services, file, false)),
    register('headlight.reverseMapping', (file) => apply(services, file, true)),
  );
}

async function make(services: Services, input: string): Promise<void> {
  const method = await pickMethod();
  if (!method) return;
  const title = vscode.l10n.t('Make Mapping of Codes');
  const output = await pickOutput(title, beside(input, 'mapping.json'));
  if (output === undefined) return;
  await work(services, title, covered, async (options) => {
    const model = await services.models.current('maskedWords');
    return services.engine.request('makeMapping', { model, input, output, method }, options);
  });
}

async function apply(services: Services, input: string, reverse: boolean): Promise<void> {
  const mapping = await pickFile(vscode.l10n.t('Choose the Mapping'));
  if (mapping === undefined) return;
  const title = reverse ? vscode.l10n.t('Reverse Mapping of Codes') : vscode.l10n.t('Apply Mapping of Codes');
  const ending = `${reverse ? 'codes' : 'words'}${path.extname(input)}`;
  const output = await pickOutput(title, beside(input, ending));
  if (output === undefined) return;
  await work(services, title, reverse ? putBack : covered, async (options) => {
    const question = { mapping, input, output, reverse };
    const result = await services.engine.request('applyMapping', question, options);
    // What is no word of the mapping is no code without one.
    return reverse ? { ...result, unseen: [] } : result;
  });
}

async function pickMethod(): Promise<MappingMethod | undefined> {
  const byChance = {
    label: vscode.l10n.t('By chance'),
    detail: vscode.l10n.t('Each code gets any word of the vocabulary; a seed decides which.'),
  };
  const byFrequency = {
    label: vscode.l10n.t('By frequency'),
    detail: vscode.l10n.t('The more frequent code gets the more frequent word of a text that you choose.'),
  };
  const title = vscode.l10n.t('How do codes get their words?');
  const picked = await vscode.window.showQuickPick([byChance, byFrequency], { title });
  if (picked === byFrequency) {
    const corpus = await pickFile(vscode.l10n.t('Choose a Text That Words Are Counted In'));
    return corpus === undefined ? undefined : { by: 'frequency', corpus };
  }
  if (picked !== byChance) return undefined;
  const seed = await vscode.window.showInputBox({
    title: vscode.l10n.t('Seed'),
    prompt: vscode.l10n.t('The same seed gives the same mapping.'),
    value: '1',
    validateInput: (value) =>
      /^\d{1,9}$/.test(value) ? null : vscode.l10n.t('A whole number from 0 to 999999999.'),
  });
  return seed === undefined ? undefined : { by: 'random', seed: Number(seed) };
}

type Outcome = Coverage & { output: string };

/** Does long work under a notification, and says what came of it. @param say the message for a person. */
async function work(
  services: Services,
  title: string,
  say: (outcome: Outcome) => string,
  run: (options: CallOptions) => Promise<Outcome>,
): Promise<void> {
  try {
    const result = await withProgress(title, (signal, report) => {
      let before = 0;
      return run({
        signal,
        onProgress({ message, fraction = 0 }) {
          report(message, fraction - before);
          before = fraction;
        },
      });
    });
    // Units that no code has may be words of the text.
    const { unseen, ...counts } = result;
    services.log.info(`${title}: ${JSON.stringify({ ...counts, unseen: unseen.length })}`);
    await showOutcome(say(result), result);
  } catch (thrown) {
    await sayError(services, title, thrown);
  }
}

function covered({ output, occurrences, mapped, distinct, distinctMapped }: Outcome): string {
  return vscode.l10n.t(
    '{0}: the mapping covers {1} of the text, {2} of {3} different codes.',
    path.basename(output),
    percent(occurrences === 0 ? 0 : mapped / occurrences),
    distinctMapped,
    distinct,
  );
}

function putBack({ output, occurrences, mapped, distinctMapped }: Outcome): string {
  return vscode.l10n.t(
    '{0}: {1} of the text became codes again, {2} different ones; the rest is as it was.',
    path.basename(output),
    percent(occurrences === 0 ? 0 : mapped / occurrences),
    distinctMapped,
  );
}

/** @param unseen what to offer as codes without a word. */
async function showOutcome(
  message: string,
  { output, unseen }: Pick<Outcome, 'output' | 'unseen'>,
): Promise<void> {
  const [open, showUnseen] = [vscode.l10n.t('Open'), vscode.l10n.t('Codes Without a Word')];
  const answer = await vscode.window.showInformationMessage(
    message,
    ...[open, ...(unseen.length > 0 ? [showUnseen] : [])],
  );
  if (answer === open) await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(output));
  if (answer === showUnseen) {
    await vscode.window.showQuickPick(unseen, { title: vscode.l10n.t('The first codes without a word') });
  }
}
