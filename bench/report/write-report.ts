import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { BenchOptions } from '../options.ts';
import { renderChart } from './chart.ts';
import type { Machine } from './machine.ts';
import type { Row } from './rows.ts';
import type { Sample } from './samples.ts';

const folder = resolve(import.meta.dirname, '../out');

export interface PlaceResult {
  readonly place: string;
  readonly rows: readonly Row[];
  readonly samples: readonly Sample[];
}

export interface Report {
  readonly when: string;
  readonly machine: Machine;
  readonly options: BenchOptions;
  readonly versions: Readonly<Record<string, string>>;
  /** What the key files that were measured ask for, and what `restic init` asks for on this machine. */
  readonly scrypt: { readonly measured: readonly string[]; readonly resticsOwn: readonly string[] };
  readonly places: readonly PlaceResult[];
}

/** Writes everything as JSON and the first place as a chart; gives the paths of both. */
export const writeReport = (report: Report): readonly string[] => {
  mkdirSync(folder, { recursive: true });
  const json = join(folder, 'benchmarks.json');
  writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
  const [first] = report.places;
  const { restic } = report.versions;
  if (first === undefined || restic === undefined) return [json];
  const { cores, node } = report.machine;
  const name = restic.split(' compiled ')[0] ?? restic;
  const title = `Wall time in parts of ${name}'s (${cores} cores, ${first.place}, Node ${node.slice(1)})`;
  const chart = join(folder, 'benchmarks.svg');
  writeFileSync(chart, renderChart(first.rows, title));
  return [json, chart];
};
