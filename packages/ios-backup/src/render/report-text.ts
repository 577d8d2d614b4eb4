import { printable } from '@triplicate/core';
import type { ExportReport } from '../records/tally.ts';

/** The counts that close every export, in plain words. `most`: so many gaps are named, for a screen; all of them when absent. */
export const reportFooter = (report: ExportReport, most = Infinity): string => {
  const lines = [`${report.read} rows read, ${report.exported} exported, ${report.read - report.exported} skipped`];
  for (const { reason, count } of report.skipped) lines.push(`  ${count} skipped: ${printable(reason)}`);
  const missing = report.files.missing.reduce((sum, { count }) => sum + count, 0);
  if (report.files.written + missing > 0) lines.push(`${report.files.written} files written, ${missing} missing`);
  for (const { reason, count } of report.files.missing) lines.push(`  ${count} missing: ${printable(reason)}`);
  for (const gap of report.gaps.slice(0, most)) lines.push(`  not covered: ${printable(gap)}`);
  const more = report.gaps.length - most;
  if (more > 0) lines.push(`  not covered: ${more} more; export-report.json names them`);
  for (const source of report.sources) lines.push(`  from ${printable(source)}`);
  return `${lines.join('\n')}\n`;
};
