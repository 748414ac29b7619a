/** JSON as Python writes it: with bare `NaN`, `Infinity` and `-Infinity`, which become strings. */
export function parseLooseJson(text: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    if (!/NaN|Infinity/.test(text)) throw error;
    // A string is matched as a whole and kept, so that those words inside of one stay.
    const quoted = text.replace(/"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g, (found) =>
      found.startsWith('"') ? found : `"${found}"`,
    );
    return JSON.parse(quoted);
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
