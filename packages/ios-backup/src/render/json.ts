import type { ExportReport } from '../records/tally.ts';

/** Names the shape of these files; it changes when a member changes its meaning. */
export const jsonFormat = 'triplicate-export/1';

/** One JSON document: the kind, the records one a line, and the counts at the end. Bytes are base64, dates RFC 3339. */
export async function* recordsJson(
  kind: string,
  records: AsyncIterable<unknown>,
  report: () => ExportReport,
): AsyncGenerator<string> {
  yield `{"format":${JSON.stringify(jsonFormat)},"kind":${JSON.stringify(kind)},"records":[`;
  let separator = '\n';
  for await (const record of records) {
    yield `${separator}${JSON.stringify(record, withBytes)}`;
    separator = ',\n';
  }
  yield `\n],"report":${JSON.stringify(report())}}\n`;
}

/** Bytes as base64; of a Buffer too, whose own `toJSON` has run by the time a replacer sees it. */
function withBytes(this: Readonly<Record<string, unknown>>, key: string, value: unknown): unknown {
  const raw = this[key];
  if (raw instanceof Uint8Array) return Buffer.from(raw).toString('base64');
  return raw instanceof Map ? Object.fromEntries(raw) : value;
}
