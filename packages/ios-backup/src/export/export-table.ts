import { recordsJson } from '../render/json.ts';
import type { Column } from '../render/table.ts';
import { cardsHtml, tableCsv, tableHtml, tableMarkdown, tableText } from '../render/table.ts';
import type { Attachment } from '../records/attachment.ts';
import type { ExportContext } from './export-context.ts';

export interface TableExport<R> {
  readonly name: string;
  readonly title: string;
  readonly columns: readonly Column<R>[];
  readonly records: AsyncIterable<R>;
  /** As HTML a block for each record: where there are many columns. */
  readonly cards?: boolean;
  /** The files of a record, for JSON, which says where each went. */
  readonly files?: (record: R) => Readonly<Record<string, Attachment | undefined>>;
}

/** Any kind of record as a table or as JSON. */
export const exportTable = async <R extends object>(table: TableExport<R>, context: ExportContext): Promise<void> => {
  const { format, sink, tally, signal } = context;
  const report = () => tally.report();
  const page = { title: table.title, columns: table.columns, records: table.records, report };
  const content = (): AsyncIterable<string> => {
    if (format === 'csv') return tableCsv(table.columns, table.records);
    if (format === 'html') return table.cards === true ? cardsHtml(page) : tableHtml(page);
    if (format === 'md') return tableMarkdown(page);
    if (format === 'txt') return tableText(table.columns, table.records, report);
    return recordsJson(context.request.kind, withFiles(table, context), report);
  };
  await sink.write(`${table.name}.${format}`, content(), { signal });
};

async function* withFiles<R extends object>(
  { records, files }: TableExport<R>,
  context: ExportContext,
): AsyncGenerator<object> {
  for await (const record of records) {
    const named = Object.entries(files?.(record) ?? {}).map(([name, file]) => [
      name,
      file === undefined ? undefined : context.files.written.get(file),
    ]);
    yield named.length === 0
      ? record
      : { ...record, files: Object.fromEntries(named) as Record<string, string | undefined> };
  }
}

/** The same records, each given out after its files were written. */
export async function* afterFiles<R>(
  records: AsyncIterable<R>,
  write: (record: R) => Promise<void>,
): AsyncGenerator<R> {
  for await (const record of records) {
    await write(record);
    yield record;
  }
}
