/** A matrix as comma-separated values (RFC 4180) with names of its rows and columns, nine digits a number. */
export function matrixCsv(values: Float32Array, rows: readonly string[], columns: readonly string[]): string {
  const lines = rows.map((name, row) => {
    const numbers = values.subarray(row * columns.length, (row + 1) * columns.length);
    return [field(name), ...Array.from(numbers, (value) => String(Number(value.toPrecision(9))))].join(',');
  });
  return `${['', ...columns.map(field)].join(',')}\r\n${lines.map((line) => `${line}\r\n`).join('')}`;
}

/** A table as CSV (RFC 4180): CRLF between rows, quotes around what needs them. Begins with a byte order mark, by which spreadsheets know UTF-8. */
export function csvOf(rows: readonly (readonly string[])[]): string {
  return `\ufeff${rows.map((row) => row.map(field).join(',')).join('\r\n')}\r\n`;
}

/** A text as a spreadsheet takes it for one: what begins like a formula would be run. */
export function notFormula(value: string): string {
  return /^[=+\-@\t\r]/.test(value) && !/^[+-]?[\d.]+(e[+-]?\d+)?$/i.test(value) ? `'${value}` : value;
}

/** A field of a table as CSV. */
export function field(value: string): string {
  const text = notFormula(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
