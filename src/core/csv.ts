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

function field(value: string): string {
  // A spreadsheet would run what begins like a formula.
  const text = /^[=+\-@\t\r]/.test(value) && !/^[+-]?[\d.]+(e[+-]?\d+)?$/i.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
