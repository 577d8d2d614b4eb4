import { indexLine } from '../scale/scale-works.ts';
import { cellsOf, heads, left } from './table.ts';
import type { PlaceResult, Report } from './write-report.ts';

/** A page for the documentation: the machine, the versions, and every figure. Set as Prettier sets it. */
export const renderPage = (report: Report): string => {
  const { options, places } = report;
  const title = options.scale ? 'Figures at scale' : 'Figures';
  const flags = `${options.quick ? '--quick ' : ''}${options.scale ? '--scale ' : ''}--write-docs`;
  return [
    `# ${title}`,
    '',
    `Written by \`npm run bench -- ${flags}\`, which writes it anew. [What is compared, and how](../benchmarks.md).`,
    '',
    ...aboutLines(report),
    '',
    ...places.flatMap((place) => [`## Destinations on ${place.place}`, '', ...placeLines(place), '']),
  ]
    .join('\n')
    .replace(/\n+$/, '\n');
};

const aboutLines = ({ when, machine, options, versions, scrypt }: Report): readonly string[] => {
  const { cores, load, memoryBytes, node, processor, system } = machine;
  const quiet = load < cores / 2 ? 'nothing else ran' : 'other programs ran at the same time';
  const each = options.scale ? 'once each' : `medians of ${options.rounds} rounds`;
  return [
    `- ${when.slice(0, 10)}, seed ${options.seed}, ${options.quick ? 'small data, ' : ''}${each}`,
    `- ${processor}, ${cores} cores, ${(memoryBytes / 2 ** 30).toFixed(0)} GiB, ${system}, Node ${node.slice(1)}`,
    `- load when it began: ${load.toFixed(1)} (${quiet})`,
    ...Object.entries(versions).map(([name, version]) => `- ${name}: ${version}`),
    ...scrypt.measured.map((cost) => `- scrypt of everyone: ${cost}`),
  ];
};

const placeLines = ({ rows, scale }: PlaceResult): readonly string[] => {
  const lines = [[...heads], ...rows.map(cellsOf)];
  const widths = heads.map((_, column) => Math.max(3, ...lines.map((cells) => (cells[column] ?? '').length)));
  const [head = '', ...body] = lines.map((cells) => rowOf(cells, widths));
  const rule = widths.map((width, column) => (left.has(column) ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`));
  return [...(scale ? [`${indexLine(scale.index)}.`, ''] : []), head, `| ${rule.join(' | ')} |`, ...body];
};

const rowOf = (cells: readonly string[], widths: readonly number[]): string => {
  const padded = cells.map((cell, column) =>
    left.has(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
  );
  return `| ${padded.join(' | ')} |`;
};
