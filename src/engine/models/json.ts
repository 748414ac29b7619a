import { readFileSync } from 'node:fs';
import * as l10n from '@vscode/l10n';
import { HeadlightError, messageOf } from '../../core/errors';
import type { ErrorCode } from '../../protocol/errors';

/** A JSON object from a file of somebody else's making: any key may be missing or of another type. */
export type JsonObject = Record<string, unknown>;

/** Reads a JSON object. @throws HeadlightError with `code` when the file cannot be read or is none. */
export function readJsonObject(file: string, code: ErrorCode): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new HeadlightError(code, l10n.t('{0} cannot be read as JSON: {1}', file, messageOf(error)));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new HeadlightError(code, l10n.t('{0} does not hold a JSON object.', file));
  }
  return value as JsonObject;
}

/** The first of `keys` whose value is a positive integer. */
export function positiveInteger(object: JsonObject, ...keys: string[]): number | null {
  for (const key of keys) {
    const value = object[key];
    if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
  }
  return null;
}

/** A token as tokenizer files name it: a string, or an object with `content`. */
export function tokenContent(value: unknown): string | null {
  if (typeof value === 'string') return value;
  const content = typeof value === 'object' && value !== null ? (value as JsonObject)['content'] : null;
  return typeof content === 'string' ? content : null;
}
