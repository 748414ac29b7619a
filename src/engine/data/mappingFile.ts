import * as l10n from '@vscode/l10n';
import { canStandForCode } from '../../core/codes';
import { HeadlightError, messageOf } from '../../core/errors';
import { sizeOf, textOf } from './files';

/** A mapping as it is kept: a JSON object with the version and the pairs, the most frequent code first. */
export interface MappingFile {
  version: 1;
  /** Whose vocabulary the words are of. */
  model: string;
  pairs: [code: string, word: string][];
}

/** The text of a mapping's file: a pair on each line, so that it can be read and compared. */
export function mappingText({ version, model, pairs }: MappingFile): string {
  const lines = pairs.map((pair) => `    ${JSON.stringify(pair)}`).join(',\n');
  return `{\n  "version": ${version},\n  "model": ${JSON.stringify(model)},\n  "pairs": [\n${lines}\n  ]\n}\n`;
}

/** More than a mapping of all codes that are counted would take. */
const mostBytes = 2 ** 28;

/**
 * Reads a mapping.
 * @throws HeadlightError `MappingInvalid` with what is wrong in it, `FileUnusable` when it cannot be read, `Cancelled`.
 */
export async function readMapping(file: string, signal: AbortSignal): Promise<MappingFile> {
  const invalid = (reason: string): HeadlightError =>
    new HeadlightError('MappingInvalid', l10n.t('{0} is no mapping of codes: {1}', file, reason));
  if ((await sizeOf(file)) > mostBytes) throw invalid(l10n.t('it is too large.'));
  let text = '';
  for await (const piece of textOf(file, signal)) text += piece;
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\ufeff/, '')); // Editors may put a byte order mark there.
  } catch (error) {
    throw invalid(messageOf(error));
  }
  const { version, model, pairs } = (value ?? {}) as Record<string, unknown>;
  if (version !== 1 || !Array.isArray(pairs)) {
    throw invalid(
      l10n.t('it has no "version" 1 and "pairs". Make one with Headlight: Make Mapping of Codes.'),
    );
  }
  const codes = new Set<string>();
  const words = new Set<string>();
  for (const pair of pairs as unknown[]) {
    const [code, word] = Array.isArray(pair) ? (pair as unknown[]) : [];
    if (typeof code !== 'string' || typeof word !== 'string') {
      throw invalid(l10n.t('{0} is no pair of a code and a word.', JSON.stringify(pair)));
    }
    if (codes.has(code) || words.has(word)) {
      throw invalid(l10n.t('"{0}" or "{1}" is in two pairs, so it could not be reversed.', code, word));
    }
    if (!canStandForCode(word)) {
      throw invalid(
        l10n.t('"{0}" is not made of letters and digits alone, so it could not be reversed.', word),
      );
    }
    codes.add(code);
    words.add(word);
  }
  return { version, model: typeof model === 'string' ? model : '', pairs: pairs as [string, string][] };
}
