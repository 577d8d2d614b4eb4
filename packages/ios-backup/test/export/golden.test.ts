import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportBackup, exportFormats, exportKinds, openBackup } from '../../src/index.ts';
import type { ExportKind, ExportRequest, IosBackup } from '../../src/index.ts';
import { buildBackup } from '../fixtures/backup-builder.ts';
import { MemorySink } from '../fixtures/memory-sink.ts';
import { notePassword } from '../fixtures/phone/notes.ts';
import { phone } from '../fixtures/phone/phone.ts';
import { signal } from '../fixtures/signal.ts';

const cases = exportKinds.flatMap((kind) => exportFormats[kind].map((format) => ({ kind, format })));

let backup: IosBackup;
beforeAll(async () => {
  backup = await openBackup(buildBackup({ entries: phone, password: 'golden' }), { signal, password: 'golden' });
});
afterAll(() => backup[Symbol.asyncDispose]());

/** Every file of an export as one text, with what is not text by its length. */
const asText = (sink: MemorySink): string =>
  sink.paths
    .map((path) => {
      const bytes = sink.files.get(path) ?? Buffer.alloc(0);
      const date = sink.dates.get(path);
      const head = `===== ${path}${date === undefined ? '' : ` (${date.toISOString()})`} =====\n`;
      const isText = /\.(html|txt|csv|json|md|vcf|ics)$/.test(path) && !path.startsWith('files/');
      return head + (isText ? String(bytes) : `${bytes.length} bytes\n`);
    })
    .join('\n');

const exported = async (request: ExportRequest): Promise<MemorySink> => {
  const sink = new MemorySink();
  await exportBackup(backup, { timeZone: 'Europe/Berlin', notePassword, app: 'com.example.app', ...request }, sink, {
    signal,
  });
  return sink;
};

interface Counts {
  readonly read: number;
  readonly exported: number;
  readonly skipped: readonly { readonly count: number }[];
}

const countsOf = (sink: MemorySink): Counts => JSON.parse(sink.text('export-report.json')) as Counts;

describe.each(cases)('$kind as $format', ({ kind, format }) => {
  it('is what it was, and accounts for every row', async () => {
    const sink = await exported({ kind, format });
    await expect(asText(sink)).toMatchFileSnapshot(join(import.meta.dirname, '../golden', kind, `${format}.txt`));
    const counts = countsOf(sink);
    expect(counts.exported).toBeGreaterThan(0);
    expect(counts.read).toBe(counts.exported + counts.skipped.reduce((sum, { count }) => sum + count, 0));
  });
});

/** How many rows each kind's tables have in the fixture, counted by hand. */
const rows: Readonly<Record<ExportKind, number>> = {
  messages: 23,
  whatsapp: 10,
  contacts: 4,
  calls: 11,
  voicemail: 2,
  'voice-memos': 2,
  notes: 6,
  photos: 7,
  calendar: 7,
  reminders: 4,
  safari: 14,
  health: 11,
  files: 3,
  app: 1,
};

it.each(exportKinds)('%s reads every row there is, whatever is asked for', async (kind) => {
  for (const filter of [
    {},
    { since: new Date('2024-02-02T00:00:00Z') },
    { until: new Date('2023-01-01T00:00:00Z') },
    { with: 'Anna' },
  ]) {
    expect([filter, countsOf(await exported({ kind, ...filter })).read]).toEqual([filter, rows[kind]]);
  }
});
