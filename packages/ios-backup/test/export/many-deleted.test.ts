import { describe, expect, it } from 'vitest';
import { exportBackup, openBackup } from '../../src/index.ts';
import { buildBackup, database } from '../fixtures/backup-builder.ts';
import { MemorySink } from '../fixtures/memory-sink.ts';
import { messagesSchema } from '../fixtures/phone/messages.ts';
import { signal } from '../fixtures/signal.ts';

describe('a long conversation that was deleted lately', () => {
  it('is exported in the time of one that was not', async () => {
    const numbers = Array.from({ length: 30_000 }, (_, n) => n + 1);
    const bytes = database(messagesSchema, {
      chat: [{ ROWID: 1, guid: 'g', style: 45, chat_identifier: '+491511234567', service_name: 'SMS' }],
      message: numbers.map((n) => ({ ROWID: n, guid: `M${n}`, text: 'words', date: BigInt(n) * 1_000_000_000n })),
      chat_recoverable_message_join: numbers.map((n) => ({ chat_id: 1, message_id: n, delete_date: 1 })),
    });
    const files = buildBackup({ entries: [{ domain: 'HomeDomain', path: 'Library/SMS/sms.db', bytes }] });
    await using backup = await openBackup(files, { signal });
    const begun = process.cpuUsage();
    const sink = new MemorySink();
    const report = await exportBackup(backup, { kind: 'messages', format: 'txt' }, sink, { signal });
    expect(report.exported).toBe(30_000);
    expect(sink.text('+491511234567.txt').match(/recently deleted/g)).toHaveLength(30_000);
    const { user, system } = process.cpuUsage(begun);
    expect((user + system) / 1e6).toBeLessThan(6);
  }, 120_000);
});
