import type { Markup } from './html.ts';
import { fileAnchor, fileLink, markup, pageEnd, pageHeading, pageStart } from './html.ts';
import { paragraphs } from './plain-text.ts';
import { reportFooter } from './report-text.ts';
import type { ExportReport } from '../records/tally.ts';

export interface Column<R> {
  readonly title: string;
  readonly value: (record: R) => string | number | boolean | undefined;
  /** Where the file that the value names stands beside the page. */
  readonly file?: (record: R) => string | undefined;
  /** A picture to show in the page beside it. */
  readonly picture?: (record: R) => string | undefined;
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
  const runs = /^[=@\t\r\n]/.test(value) || (/^[+-]/.test(value) && !/^[+-][\d\s().-]*$/.test(value));
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
      return shown === undefined || shown === '' ? [] : [`${title}: ${paragraphs(String(shown))}`];
    });
    yield `${lines.join('\n')}\n\n`;
  }
  yield reportFooter(report());
}

const pageStyle = `
body { font: 14px/1.4 system-ui, sans-serif; margin: 2em; color: #111; background: #fff } footer { margin-top: 2em; color: #555; white-space: pre-wrap }
th, td, dd { white-space: pre-wrap; overflow-wrap: anywhere }`;

const tableStyle = `${pageStyle}
table { border-collapse: collapse } th, td { border: 1px solid #ccc; padding: .3em .6em; text-align: start; vertical-align: top }
th { background: #f2f2f2; position: sticky; top: 0; overflow-wrap: normal } td { min-width: 4em } tr { break-inside: avoid; content-visibility: auto }`;

const cardStyle = `${pageStyle}
article { border-top: 1px solid #ccc; padding: .8em 0; max-width: 50em; break-inside: avoid; content-visibility: auto; contain-intrinsic-size: auto 9em }
h2 { font-size: 1.1em; margin: 0 0 .3em; overflow-wrap: anywhere } dl { display: grid; grid-template-columns: minmax(7em, max-content) 1fr; gap: .1em 1em; margin: 0 } dt { color: #555 } dd { margin: 0 }
article::after { content: ''; display: block; clear: both } article img { float: inline-end; width: 11em; height: 9em; object-fit: contain; margin-inline-start: 1em }`;

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
  for await (const record of records)
    yield markup`<tr>${columns.map((column) => markup`<td dir="auto">${cell(column, record)}</td>`)}</tr>\n`.toString();
  yield '</tbody></table>\n';
  yield pageEnd(markup`${reportFooter(report())}`);
}

/** A block a record, headed by its first column, with a line for each of the others that is filled: for records of many columns. */
export async function* cardsHtml<R>({ title, columns, records, report }: TablePage<R>): AsyncGenerator<string> {
  yield pageStart(title, cardStyle) + pageHeading(title);
  const [head, ...others] = columns;
  for await (const record of records) {
    const lines = others.filter(({ value }) => (value(record) ?? '') !== '');
    const terms = lines.map((column) => markup`<dt>${column.title}</dt><dd dir="auto">${cell(column, record)}</dd>\n`);
    const name = head === undefined ? '' : cell(head, record);
    const picture = head?.picture?.(record);
    const shown = picture === undefined ? '' : markup`<img loading="lazy" src="${fileLink(picture)}" alt="">`;
    yield markup`<article>${shown}<h2 dir="auto">${name}</h2><dl>\n${terms}</dl></article>\n`.toString();
  }
  yield pageEnd(markup`${reportFooter(report())}`);
}

const cell = <R>({ value, file }: Column<R>, record: R): Markup => {
  const shown = String(value(record) ?? '');
  const place = file?.(record);
  return place === undefined ? markup`${shown}` : fileAnchor(place, shown);
};

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
