import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { collect } from '@triplicate/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileId } from '../../src/manifest/manifest.ts';
import { buildBackup } from '../fixtures/backup-builder.ts';
import { messagesSchema } from '../fixtures/phone/messages.ts';
import { signal } from '../fixtures/signal.ts';

const count = 60_000;
const words = 'w'.repeat(3000);
let folder: string;

/** A conversation whose words are 180 MB. */
const writePhone = async (): Promise<void> => {
  const domain = 'HomeDomain';
  const path = 'Library/SMS/sms.db';
  // The list of files says how large the database is, and nothing of it is in memory here.
  const id = fileId(domain, path);
  const place = join(folder, 'phone', id.slice(0, 2), id);
  mkdirSync(dirname(place), { recursive: true });
  const db = new DatabaseSync(place);
  db.exec(`PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; ${messagesSchema};
    INSERT INTO chat VALUES (1, 'g', 45, '+491511234567', 'SMS', 'Ben'); BEGIN`);
  const insert = db.prepare('INSERT INTO message (ROWID, guid, text, date) VALUES (?, ?, ?, ?)');
  const claim = db.prepare('INSERT INTO chat_message_join VALUES (1, ?, 0)');
  for (let n = 1; n <= count; n++) {
    insert.run(n, `M${n}`, words, BigInt(n) * 1_000_000_000n);
    claim.run(n);
  }
  db.exec('COMMIT');
  const size = Number(
    db.prepare('SELECT page_count * page_size AS n FROM pragma_page_count, pragma_page_size').get()?.['n'],
  );
  db.close();
  const lists = buildBackup({ entries: [{ domain, path, bytes: Buffer.alloc(size), lost: true }] });
  for (const name of ['Manifest.db', 'Manifest.plist', 'Info.plist', 'Status.plist'])
    writeFileSync(join(folder, 'phone', name), await collect(lists.open(name, { signal })));
};

describe('a long conversation', () => {
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'memory-'));
    await writePhone();
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(['txt', 'json'])('is exported as %s without its words being in memory', (format) => {
    const child = join(import.meta.dirname, '../fixtures/export-child.ts');
    const options = ['--conditions=@triplicate/source', child, join(folder, 'phone'), join(folder, format), format];
    const said = JSON.parse(execFileSync(process.execPath, options, { encoding: 'utf8' })) as Record<string, number>;
    expect(said['exported']).toBe(count);
    expect((said['most'] ?? Infinity) - (said['before'] ?? 0)).toBeLessThan(160);
  });
});
