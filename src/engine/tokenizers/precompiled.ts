import * as l10n from '@vscode/l10n';
import type { JsonObject } from '../models/json';

/**
 * Checks the tables of `Precompiled` normalizers, the compiled character maps of SentencePiece: the reference library
 * ends the whole process at one that it cannot read. A table is a trie's size in bytes as a little-endian u32, the trie
 * as blocks of 256 u32, and the replacements as UTF-8.
 * @throws Error for a table that is none.
 */
export function requireReadableTables(normalizer: unknown): void {
  if (Array.isArray(normalizer)) return normalizer.forEach(requireReadableTables);
  if (typeof normalizer !== 'object' || normalizer === null) return;
  const { type, normalizers, precompiled_charsmap: table } = normalizer as JsonObject;
  requireReadableTables(normalizers);
  if (type === 'Precompiled' && !isTable(table)) {
    throw new Error(l10n.t('the character map of its normalizer is damaged'));
  }
}

const blockBytes = 256 * 4;

function isTable(encoded: unknown): boolean {
  if (typeof encoded !== 'string') return true; // Another type the library refuses by itself.
  if (encoded.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(encoded)) return false;
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.length < 4) return false;
  const trieSize = bytes.readUInt32LE(0);
  if (trieSize === 0 || trieSize % blockBytes !== 0 || 4 + trieSize > bytes.length) return false;
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(4 + trieSize));
    return true;
  } catch {
    return false;
  }
}
