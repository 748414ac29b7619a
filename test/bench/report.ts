/** What a benchmark found, for people and for scripts. */
import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import path from 'node:path';
import { repositoryRoot } from '../support/paths';
import type { Aim, Row } from './measurement';
import { summarise, type Summary } from './statistics';

export interface Machine {
  cpu: string;
  cores: number;
  memoryBytes: number;
  node: string;
  onnxruntime: string;
}

export interface ReportRow extends Summary {
  measurement: string;
  what: string;
  over: string;
  unit: Row['unit'];
  rounds: number;
  /** null where the row tells of one size. */
  exponent: number | null;
  aim: Aim | null;
  /** null without an aim. */
  met: boolean | null;
}

export interface Report {
  machine: Machine;
  rows: ReportRow[];
  /** Measurements that could not be made. */
  failures: { measurement: string; message: string }[];
}

export function thisMachine(): Machine {
  const manifest = path.join(repositoryRoot, 'node_modules/onnxruntime-node/package.json');
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryBytes: totalmem(),
    node: process.versions.node,
    onnxruntime: version,
  };
}

export function reportRow(measurement: string, row: Row): ReportRow {
  const { what, over, unit, pairs, aim, exponent = null } = row;
  const summary = summarise(pairs);
  const met = aim && { ...summary, exponent: exponent ?? NaN }[aim.of] <= aim.atMost;
  return { measurement, what, over, unit, rounds: pairs.length, ...summary, exponent, aim, met };
}

const header = ['', 'median', 'over', 'median', 'ratio', 'quartiles', 'rounds', 'aim', ''];

/** The report as lines of text, the columns aligned. */
export function formatReport({ machine, rows, failures }: Report): string {
  const cells = [header, ...rows.map(formatRow)];
  const widths = header.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)));
  const lines = cells.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join('  ')
      .trimEnd(),
  );
  return [
    formatMachine(machine),
    '',
    ...lines,
    ...failures.map(({ measurement, message }) => `${measurement} could not be measured: ${message}`),
  ].join('\n');
}

function formatMachine({ cpu, cores, memoryBytes, node, onnxruntime }: Machine): string {
  const gigabytes = Math.round(memoryBytes / 2 ** 30);
  return `${cpu}, ${cores} cores, ${gigabytes} GB of memory; Node ${node}, onnxruntime ${onnxruntime}`;
}

function formatRow({
  what,
  over,
  unit,
  value,
  baseline,
  ratio,
  quartiles,
  rounds,
  exponent,
  aim,
  met,
}: ReportRow): string[] {
  return [
    what,
    `${digits(value)} ${unit}`,
    over,
    `${digits(baseline)} ${unit}`,
    exponent === null ? ratio.toFixed(2) : `n^${exponent.toFixed(2)}`,
    exponent === null ? quartiles.map((quartile) => quartile.toFixed(2)).join(' to ') : '',
    String(rounds),
    aim ? formatAim(aim, unit) : '',
    met === false ? ['missed', aim?.why].filter(Boolean).join(': ') : '',
  ];
}

function formatAim({ of, atMost }: Aim, unit: Row['unit']): string {
  if (of === 'exponent') return `≤ n^${atMost}`;
  return `≤ ${atMost}${of === 'value' ? ` ${unit}` : ''}`;
}

/** Three significant digits, and never an exponent. */
function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
