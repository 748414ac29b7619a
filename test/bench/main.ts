/** `npm run bench [-- --json] [-- --only fill,opening]`: the numbers we hold ourselves to, as one table of ratios. */
import { parseArgs } from 'node:util';
import { runMain, untilTerminated } from '../support/commands';
import { benchModel } from './benchModel';
import type { Measurement } from './measurement';
import { activation } from './measurements/activation';
import { attention } from './measurements/attention';
import { facts } from './measurements/facts';
import { files } from './measurements/files';
import { fill } from './measurements/fill';
import { forward } from './measurements/forward';
import { growth } from './measurements/growth';
import { opening } from './measurements/opening';
import { packaged } from './measurements/packaged';
import { painting } from './measurements/painting';
import { pause } from './measurements/pause';
import { rows } from './measurements/rows';
import { runs } from './measurements/runs';
import { slices } from './measurements/slices';
import { words } from './measurements/words';
import { formatReport, reportRow, thisMachine, type Report } from './report';

const measurements: Measurement[] = [
  fill,
  words,
  rows,
  attention,
  opening,
  facts,
  files,
  slices,
  forward,
  activation,
  pause,
  painting,
  growth,
  packaged,
  runs,
];

runMain(() => Promise.race([untilTerminated(), bench()]));

async function bench(): Promise<number> {
  const { values } = parseArgs({
    options: { json: { type: 'boolean', default: false }, only: { type: 'string' } },
  });
  const chosen = choose(values.only?.split(','));
  const report: Report = { machine: thisMachine(), rows: [], failures: [] };
  const model = benchModel();
  for (const { name, measure } of chosen) {
    console.error(`Measuring ${name} …`);
    try {
      for (const row of await measure(model)) report.rows.push(reportRow(name, row));
    } catch (error) {
      report.failures.push({
        measurement: name,
        message: error instanceof Error ? error.message : String(error),
      });
    }
  }
  console.log(values.json ? JSON.stringify(report, null, 2) : `\n${formatReport(report)}`);
  return report.failures.length === 0 ? 0 : 1;
}

/** The named measurements, in their order; all without names. */
function choose(names: string[] | undefined): Measurement[] {
  const unknown =
    names?.filter((name) => !measurements.some((measurement) => measurement.name === name)) ?? [];
  if (unknown.length > 0) {
    const known = measurements.map(({ name }) => name).join(', ');
    throw new Error(`No measurement ${unknown.join(', ')}; there are ${known}.`);
  }
  return measurements.filter(({ name }) => names?.includes(name) ?? true);
}
