import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { BenchOptions } from '../options.ts';
import type { ScaleResult } from '../scale/scale-works.ts';
import { renderChart } from './chart.ts';
import { renderCurve } from './curve.ts';
import type { Machine } from './machine.ts';
import { renderPage } from './page.ts';
import type { Row } from './rows.ts';
import type { Sample } from './samples.ts';

const out = resolve(import.meta.dirname, '../out');
const docs = resolve(import.meta.dirname, '../../docs/benchmarks');

export interface PlaceResult {
  readonly place: string;
  readonly rows: readonly Row[];
  readonly samples: readonly Sample[];
  readonly scale?: ScaleResult;
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

/** Writes everything as JSON, the first place as a chart and a page, and these two into the documentation where that was asked for; gives the paths. */
export const writeReport = (report: Report): readonly string[] => {
  mkdirSync(out, { recursive: true });
  const name = report.options.scale ? 'scale' : 'benchmarks';
  const json = join(out, `${name}.json`);
  writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
  const chart = chartOf(report);
  if (chart === undefined) return [json];
  const written = [json, put(join(out, `${name}.svg`), chart)];
  if (!report.options.writeDocs) return written;
  mkdirSync(docs, { recursive: true });
  const [svg, page] = report.options.scale ? ['cost-curve.svg', 'scale.md'] : ['ratios.svg', 'figures.md'];
  return [...written, put(join(docs, svg), chart), put(join(docs, page), renderPage(report))];
};

const put = (file: string, text: string): string => {
  writeFileSync(file, text);
  return file;
};

const chartOf = ({ places: [first], versions, machine: { cores, node } }: Report): string | undefined => {
  const { restic } = versions;
  if (first === undefined || restic === undefined) return undefined;
  const name = restic.split(' compiled ')[0] ?? restic;
  const where = `(${cores} cores, ${first.place}, Node ${node.slice(1)})`;
  if (first.scale)
    return renderCurve(first.scale.curve, `Cost of a backup against files and bytes, beside ${name} ${where}`);
  return renderChart(first.rows, `Wall time in parts of ${name}'s ${where}`);
};
