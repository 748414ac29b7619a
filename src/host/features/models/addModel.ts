import { rm } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import type { HubListing, HubVariant } from '../../../client/hub';

import { exportCommand } from '../../../core/checkpoints';
import { toHeadlightError } from '../../../core/errors';
import type { ModelFacts } from '../../../protocol/models';
import type { Services } from '../../services/services';
import { bytes, describeFacts } from './describe';
import { openDialog } from './openDialog';
import { sayError } from '../../services/sayError';
import { withProgress } from '../../services/withProgress';

/** Adds a model of a person's own: from a folder, a file, or a hub. */
export async function addModel(services: Services): Promise<void> {
  const source = await vscode.window.showQuickPick(
    [
      {
        label: `$(folder-opened) ${vscode.l10n.t('From a folder…')}`,
        detail: vscode.l10n.t('A folder with an .onnx file and its tokenizer'),
        add: () => addFromDisk(services, 'openFolder'),
      },
      {
        label: `$(file) ${vscode.l10n.t('From an .onnx file…')}`,
        detail: vscode.l10n.t('With its tokenizer beside it'),
        add: () => addFromDisk(services, 'openFile'),
      },
      {
        label: `$(cloud-download) ${vscode.l10n.t('From a hub, by its name…')}`,
        detail: vscode.l10n.t('Its files and their sizes are listed before anything is downloaded'),
        add: () => addFromHub(services),
      },
    ],
    { title: vscode.l10n.t('Add Model'), placeHolder: vscode.l10n.t('Where the model is') },
  );
  await source?.add();
}

async function addFromDisk(services: Services, what: 'openFolder' | 'openFile'): Promise<void> {
  const model = await openDialog(what);
  if (model === undefined) return;
  try {
    const title = vscode.l10n.t('Reading the model "{0}"…', path.basename(model));
    await offer(services, await withProgress(title, (signal) => services.models.facts(model, { signal })));
  } catch (thrown) {
    void sayError(services, 'add model', thrown);
  }
}

/** Asks for a name, lists what the hub has under it, and downloads the variant that is picked. */
export async function addFromHub(services: Services, given?: string): Promise<void> {
  const name = given ?? (await askForName(services));
  if (name === undefined) return;
  try {
    const hub = await import('../../../client/hub');
    const repository = hub.parseRepository(name);
    const access = await services.hub.hub();
    const title = vscode.l10n.t('Listing the files of {0}…', repository.name);
    const listing = await withProgress(title, (signal) => hub.listRepository(access, repository, signal));
    const variant = await pickVariant(services.hub.folder, listing, new URL(access.endpoint).host);
    if (variant) await downloadVariant(services, listing, variant);
  } catch (thrown) {
    const error = toHeadlightError(thrown);
    if (error.code === 'Cancelled') return;
    services.log.error(`add model: ${error.message}`);
    const setToken = vscode.l10n.t('Set Access Token…');
    const buttons = error.code === 'HubDenied' ? [setToken] : [];
    const answer = await vscode.window.showErrorMessage(error.message, ...buttons);
    if (answer === setToken && (await askForToken(services))) await addFromHub(services, name);
  }
}

async function askForName({ hub }: Services): Promise<string | undefined> {
  const { parseRepository } = await import('../../../client/hub');
  const { host } = new URL(await hub.endpoint());
  return vscode.window.showInputBox({
    title: vscode.l10n.t('Add a Model from {0}', host),
    prompt: vscode.l10n.t(
      'The name of a model, as its page shows it. Add @ and a revision for another than “main”.',
    ),
    placeHolder: vscode.l10n.t('organisation/name'),
    ignoreFocusOut: true,
    validateInput(text) {
      try {
        parseRepository(text);
        return undefined;
      } catch (error) {
        return text.trim() === '' ? undefined : toHeadlightError(error).message;
      }
    },
  });
}

/** Asks for an access token of the hub. @returns whether there was an answer. */
export async function askForToken({ hub }: Services): Promise<boolean> {
  const token = await vscode.window.showInputBox({
    title: vscode.l10n.t('Access Token for {0}', new URL(await hub.endpoint()).host),
    prompt: vscode.l10n.t(
      'Kept in VS Code’s secret storage, and sent to this hub alone. Leave it empty to forget the one that is kept.',
    ),
    password: true,
    ignoreFocusOut: true,
  });
  if (token === undefined) return false;
  await hub.setToken(token.trim());
  return true;
}

/** Shows every variant with its files and sizes. */
async function pickVariant(root: string, listing: HubListing, host: string): Promise<HubVariant | undefined> {
  const { bytesPresent, folderOf, hasCheckpoint, variantsOf } = await import('../../../client/hub');
  const { repository, commit, license } = listing;
  const variants = variantsOf(listing);
  if (variants.length === 0) {
    await sayNothingToRun(listing, hasCheckpoint(listing));
    return undefined;
  }
  const items = await Promise.all(
    variants.map(async (variant) => {
      const present = await bytesPresent(folderOf(root, listing, variant), variant);
      const missing = variant.bytes - present;
      return {
        label: variant.path,
        description:
          missing === 0
            ? vscode.l10n.t('{0}, all of it is here', bytes(variant.bytes))
            : present > 0
              ? vscode.l10n.t('{0} to download, {1} are here', bytes(missing), bytes(present))
              : vscode.l10n.t('{0} to download', bytes(variant.bytes)),
        detail: variant.files.map(({ path: file, size }) => `${file} (${bytes(size)})`).join(', '),
        variant,
      };
    }),
  );
  const about = [commit.slice(0, 7), license && vscode.l10n.t('licence: {0}', license)]
    .filter(Boolean)
    .join(', ');
  const picked = await vscode.window.showQuickPick(items, {
    title: `${repository.name} (${about})`,
    placeHolder: vscode.l10n.t('Pick what to download from {0}', host),
    ignoreFocusOut: true,
  });
  return picked?.variant;
}

async function sayNothingToRun({ repository }: HubListing, hasCheckpoint: boolean): Promise<void> {
  const command = exportCommand(repository.name, repository.name.replace('/', '-'));
  const message = hasCheckpoint
    ? vscode.l10n.t(
        '{0} holds a checkpoint, and no .onnx file. Export it in a terminal, then add the folder: {1}',
        repository.name,
        command,
      )
    : vscode.l10n.t('{0} holds no .onnx file, so there is nothing to run.', repository.name);
  const copy = vscode.l10n.t('Copy Command');
  const answer = await vscode.window.showWarningMessage(message, ...(hasCheckpoint ? [copy] : []));
  if (answer === copy) await vscode.env.clipboard.writeText(command);
}

/** Downloads a variant, then shows what it is. What stopped can go on, or be deleted. */
async function downloadVariant(services: Services, listing: HubListing, variant: HubVariant): Promise<void> {
  const { hub, models, log } = services;
  const { download, folderOf } = await import('../../../client/hub');
  const folder = folderOf(hub.folder, listing, variant);
  const title = vscode.l10n.t('Downloading {0}', path.basename(folder));
  try {
    const access = await hub.hub();
    const facts = await withProgress(title, async (signal, report) => {
      let shown = 0;
      await download(access, listing, variant, folder, {
        signal,
        onProgress({ done, total }) {
          if (done < total && done - shown < total / 200) return;
          report(vscode.l10n.t('{0} of {1}', bytes(done), bytes(total)), (done - shown) / total);
          shown = done;
        },
      });
      return models.facts(folder, { signal });
    });
    await offer(services, facts);
  } catch (thrown) {
    const error = toHeadlightError(thrown);
    const cancelled = error.code === 'Cancelled';
    if (!cancelled) log.error(`add model: ${error.message}`);
    const [goOn, remove] = [vscode.l10n.t('Go On'), vscode.l10n.t('Delete What Has Come')];
    const message = cancelled
      ? vscode.l10n.t('The download of {0} was stopped. What has come is kept.', path.basename(folder))
      : error.message;
    const answer = await vscode.window.showWarningMessage(message, goOn, remove);
    if (answer === goOn) await downloadVariant(services, listing, variant);
    if (answer === remove) await rm(folder, { recursive: true, force: true });
  }
}

/** Adds a model to the list, says what it is, and makes it the current one if a person wants that. */
async function offer({ models }: Services, facts: ModelFacts): Promise<void> {
  await models.add(facts.path);
  const message = vscode.l10n.t('Added "{0}": {1}', facts.model, describeFacts(facts));
  const [use, show] = [vscode.l10n.t('Use It'), vscode.l10n.t('Show Model')];
  const buttons = facts.answers.length > 0 ? [use, show] : [show];
  const answer = await vscode.window.showInformationMessage(message, ...buttons);
  if (answer === use) await models.choose(facts.path, facts.answers);
  if (answer === show) await vscode.commands.executeCommand('headlight.showModel', facts.path);
}
