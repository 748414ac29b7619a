import type { JSX } from 'preact';

interface BarsProps {
  rows: { label: string; value: number; text: string }[];
  /** What a full bar stands for; the largest value where it is left out. */
  whole?: number;
}

/** Numbers as a table with a bar for each. */
export function Bars({ rows, whole }: BarsProps): JSX.Element {
  const scale = whole ?? (Math.max(...rows.map(({ value }) => value)) || 1);
  return (
    <table class="norms">
      <tbody>
        {rows.map(({ label, value, text }, at) => (
          <tr key={at}>
            <th scope="row" class="mono" dir="auto">
              {label}
            </th>
            <td class="track">
              <span class="bar" style={{ width: `${(value / scale) * 100}%` }} />
            </td>
            <td class="amount">{text}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
