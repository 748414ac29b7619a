import * as l10n from '@vscode/l10n';
import { HeadlightError } from '../../core/errors';

/** A model's repository on a hub: `org/name`, or `name` alone for the oldest ones, at a revision. */
export interface Repository {
  name: string;
  /** A branch, a tag, or a commit. */
  revision: string;
}

const segment = '[A-Za-z0-9][A-Za-z0-9._-]*';
const named = new RegExp(`^(${segment}(?:/${segment})?)(?:@([A-Za-z0-9][A-Za-z0-9._/-]*))?$`);
const page = new RegExp(
  `^https?://[^/]+/(${segment}/${segment})(?:/tree/((?:[A-Za-z0-9._/-]|%2F)+?))?/?(?:[?#].*)?$`,
);

/**
 * Reads what a person writes for a repository: `org/name`, `org/name@revision`, or the address of its page.
 * @throws HeadlightError `WrongUsage`.
 */
export function parseRepository(text: string): Repository {
  const [, name, revision] = named.exec(text.trim()) ?? page.exec(text.trim()) ?? [];
  if (!name || `${name}/${revision ?? ''}`.includes('..')) {
    throw new HeadlightError(
      'WrongUsage',
      l10n.t(
        'Write the name of a model as its page on the hub shows it: organisation/name, or organisation/name@revision.',
      ),
    );
  }
  return { name, revision: revision?.replaceAll('%2F', '/') ?? 'main' };
}

/** Where models are got from. */
export interface Hub {
  /** Its address, such as `https://huggingface.co` or that of a mirror. */
  endpoint: string;
  /** The access token of a person; only ever sent to the endpoint. */
  token?: string;
}

/** The address of the hub when nobody names another. */
export const publicHub = 'https://huggingface.co';

/**
 * The address of a hub, as the setting or `HF_ENDPOINT` gives it, without a slash at its end.
 * @throws HeadlightError `WrongUsage` for what is no address, and for one that would send tokens in the open.
 */
export function parseEndpoint(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const local = url !== null && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && local)) return url.href.replace(/\/+$/, '');
  throw new HeadlightError(
    'WrongUsage',
    l10n.t('"{0}" is not the address of a hub. Write one that starts with https://', text),
  );
}
