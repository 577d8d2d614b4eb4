import type { Markup } from './html.ts';
import { markup, pageEnd, pageHeading, pageStart } from './html.ts';
import { reportFooter } from './report-text.ts';
import type { ExportReport } from '../records/tally.ts';

export interface Column<R> {
  readonly title: string;
  readonly value: (record: R) => string | number | boolean | undefined;
}

/**
 * RFC 4180 with a heading and a byte order mark, which Excel needs to see UTF-8. A cell that a spreadsheet would run as a formula gets an
 * apostrophe before it; a telephone number that begins with `+` stays as it is.
 */
export async function* tableCsv<R>(columns: readonly Column<R>[], records: AsyncIterable<R>): AsyncGenerator<string> {
  yield `\ufeff${columns.map(({ title }) => csvCell(title)).join(',')}\r\n`;
  for await (const record of records) yield `${columns.map(({ value }) => csvCell(value(record))).join(',')}\r\n`;
}

export const csvCell = (value: string | number | boolean | undefined): string => {
  if (typeof value !== 'string') return value === undefined ? '' : String(value);
  const runs = /^[=@\t\r]/.test(value) || (/^[+-]/.test(value) && !/^[+-][\d\s().-]*$/.test(value));
  const text = runs ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

/** One block a record, one line a filled column. */
export async function* tableText<R>(
  columns: readonly Column<R>[],
  records: AsyncIterable<R>,
  report: () => ExportReport,
): AsyncGenerator<string> {
  for await (const record of records) {
    const lines = columns.flatMap(({ title, value }) => {
      const shown = value(record);
      return shown === undefined || shown === '' ? [] : [`${title}: ${String(shown).replaceAll('\n', '\n    ')}`];
    });
    yield `${lines.join('\n')}\n\n`;
  }
  yield reportFooter(report());
}

const tableStyle = `
body { font: 14px/1.4 system-ui, sans-serif; margin: 2em; color: #111; background: #fff }
table { border-collapse: collapse } th, td { border: 1px solid #ccc; padding: .3em .6em; text-align: start; vertical-align: top; white-space: pre-wrap; overflow-wrap: anywhere }
th { background: #f2f2f2; position: sticky; top: 0 } tr { break-inside: avoid; content-visibility: auto } footer { margin-top: 2em; color: #555; white-space: pre-wrap }`;

export interface TablePage<R> {
  readonly title: string;
  readonly columns: readonly Column<R>[];
  readonly records: AsyncIterable<R>;
  readonly report: () => ExportReport;
}

export async function* tableHtml<R>({ title, columns, records, report }: TablePage<R>): AsyncGenerator<string> {
  yield pageStart(title, tableStyle) + pageHeading(title);
  const heads = columns.map((column) => markup`<th>${column.title}</th>`);
  yield markup`<table><thead><tr>${heads}</tr></thead><tbody>\n`.toString();
  for await (const record of records) yield row(columns, record).toString();
  yield '</tbody></table>\n';
  yield pageEnd(markup`${reportFooter(report())}`);
}

const row = <R>(columns: readonly Column<R>[], record: R): Markup =>
  markup`<tr>${columns.map(({ value }) => markup`<td dir="auto">${String(value(record) ?? '')}</td>`)}</tr>\n`;

/** A Markdown table; pipes and line breaks inside a cell are escaped, and so is whatever Markdown would read as HTML. */
export async function* tableMarkdown<R>({ title, columns, records, report }: TablePage<R>): AsyncGenerator<string> {
  yield `# ${markdownText(title)}\n\n| ${columns.map((c) => c.title).join(' | ')} |\n|${' --- |'.repeat(columns.length)}\n`;
  for await (const record of records)
    yield `| ${columns.map(({ value }) => markdownText(String(value(record) ?? ''))).join(' | ')} |\n`;
  yield `\n\`\`\`text\n${reportFooter(report())}\`\`\`\n`;
}

export const markdownText = (text: string): string =>
  text
    .replaceAll('\\', '\\\\')
    .replaceAll(/[&<>]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[c] ?? c)
    .replaceAll(/[*_`[\]#|~]/g, '\\$&')
    .replaceAll(/\r?\n/g, '<br>');
