/** A matrix as comma-separated values (RFC 4180) with names of its rows and columns, nine digits a number. */
export function csvOf(values: Float32Array, rows: readonly string[], columns: readonly string[]): string {
  const lines = rows.map((name, row) => {
    const numbers = values.subarray(row * columns.length, (row + 1) * columns.length);
    return [field(name), ...Array.from(numbers, (value) => String(Number(value.toPrecision(9))))].join(',');
  });
  return `${['', ...columns.map(field)].join(',')}\r\n${lines.map((line) => `${line}\r\n`).join('')}`;
}

function field(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
