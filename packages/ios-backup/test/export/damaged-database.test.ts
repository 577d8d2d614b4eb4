import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import type { ExportReport } from '../../src/index.ts';
import { compareBackups, exportBackup, openBackup } from '../../src/index.ts';
import { Tally } from '../../src/records/tally.ts';
import { buildBackup } from '../fixtures/backup-builder.ts';
import type { PhoneEntry } from '../fixtures/backup-builder.ts';
import { MemorySink } from '../fixtures/memory-sink.ts';
import { messagesSchema } from '../fixtures/phone/messages.ts';
import { signal } from '../fixtures/signal.ts';

const smsPath = 'Library/SMS/sms.db';
const at = (path: string, bytes: Uint8Array, more: Partial<PhoneEntry> = {}): PhoneEntry => ({
  domain: 'HomeDomain',
  path,
  bytes,
  ...more,
});

/** Thirty messages, the last twenty of them each a transaction of the log alone. */
const pair = (): { readonly main: Buffer; readonly wal: Buffer } => {
  const folder = mkdtempSync(join(tmpdir(), 'damaged-'));
  try {
    const place = join(folder, 'sms.db');
    const db = new DatabaseSync(place);
    db.exec(`PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; ${messagesSchema};
      INSERT INTO chat VALUES (1, 'g', 45, '+491511234567', 'SMS', 'Ben')`);
    for (let n = 1; n <= 30; n++) {
      if (n === 11) db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      db.exec(`BEGIN; INSERT INTO message (ROWID, guid, text, date) VALUES (${n}, 'M${n}', 'words ${n}', ${n}000000000);
        INSERT INTO chat_message_join VALUES (1, ${n}, 0); COMMIT`);
    }
    const files = { main: readFileSync(place), wal: readFileSync(`${place}-wal`) };
    db.close();
    return files;
  } finally {
    rmSync(folder, { recursive: true });
  }
};

const exported = async (entries: readonly PhoneEntry[], memoryLimit?: number): Promise<ExportReport> => {
  await using backup = await openBackup(buildBackup({ entries }), { signal, memoryLimit });
  return await exportBackup(backup, { kind: 'messages', format: 'json' }, new MemorySink(), { signal });
};

describe.each([
  ['in memory', undefined],
  ['on the scratch', 1],
])('a database %s', (_, memoryLimit) => {
  const { main, wal } = pair();
  const middle = 32 + 4120 * Math.floor(wal.length / 4120 / 2);

  it('that is sound has no damage', async () => {
    const report = await exported([at(smsPath, main), at(`${smsPath}-wal`, wal)], memoryLimit);
    expect(report).toMatchObject({ exported: 30, gaps: [], unreadable: 0 });
  });

  it.each([
    ['a page', middle + 2000],
    ['the number of a generation', middle + 10],
    ['a checksum', middle + 20],
  ])('whose log is damaged in %s says that the last messages may be missing', async (_what, place) => {
    const damaged = Buffer.from(wal);
    damaged[place] = (damaged[place] ?? 0) ^ 0x55;
    const report = await exported([at(smsPath, main), at(`${smsPath}-wal`, damaged)], memoryLimit);
    expect(report.exported).toBeLessThan(30);
    expect(report.unreadable).toBe(1);
    expect(report.gaps).toEqual([
      expect.stringMatching(
        /^HomeDomain Library\/SMS\/sms\.db: \d+ pages at the end of its log cannot be read; what was written last may be missing$/,
      ),
    ]);
  });

  it('whose log is damaged in its head says so', async () => {
    const damaged = Buffer.from(wal);
    damaged[17] = (damaged[17] ?? 0) ^ 0x55;
    const report = await exported([at(smsPath, main), at(`${smsPath}-wal`, damaged)], memoryLimit);
    expect(report).toMatchObject({ exported: 10, unreadable: 1 });
    expect(report.gaps[0]).toContain('its log cannot be read');
  });

  it('whose log is listed and lost says so', async () => {
    const report = await exported([at(smsPath, main), at(`${smsPath}-wal`, wal, { lost: true })], memoryLimit);
    expect(report).toMatchObject({ exported: 10, unreadable: 1 });
    expect(report.gaps).toEqual([
      'HomeDomain Library/SMS/sms.db-wal: the backup lists it and does not have it; records may be missing',
    ]);
  });

  it('that lost an entry of an index says that records may be missing', async () => {
    const db = new DatabaseSync(':memory:');
    const plain = Buffer.from(main);
    plain.set([1, 1], 18);
    db.deserialize(plain);
    const root = `SELECT rootpage FROM sqlite_schema WHERE name = 'sqlite_autoindex_chat_message_join_1'`;
    const page = Number(db.prepare(root).get()?.['rootpage']);
    db.close();
    const damaged = Buffer.from(plain);
    // One cell fewer than there are.
    const cells = (page - 1) * 4096 + 3;
    damaged.writeUInt16BE(damaged.readUInt16BE(cells) - 1, cells);
    const report = await exported([at(smsPath, damaged)], memoryLimit);
    expect(report.unreadable).toBe(1);
    expect(report.gaps[0]).toMatch(
      /^HomeDomain Library\/SMS\/sms\.db is damaged, and records may be missing: .*index /,
    );
  });
});

describe('two backups of which the newer has a damaged log', () => {
  it('are compared without calling deleted what was not found', async () => {
    const { main, wal } = pair();
    const damaged = Buffer.from(wal);
    damaged[2000] = (damaged[2000] ?? 0) ^ 0x55;
    const open = (log: Buffer) =>
      openBackup(buildBackup({ entries: [at(smsPath, main), at(`${smsPath}-wal`, log)] }), { signal });
    await using sound = await open(wal);
    await using newer = await open(damaged);
    const gaps: string[] = [];
    const options = { signal, gap: (what: string) => void gaps.push(what) };
    expect(await compareBackups(sound, newer, options)).toEqual([]);
    expect(gaps).toEqual([expect.stringContaining('cannot be read') as string]);
    expect(await compareBackups(newer, sound, options)).toEqual([]);
  });
});

describe('what is no damage', () => {
  it('frames of a transaction that was given up, of an older generation, and a log of zeros', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'sound-'));
    const place = join(folder, 'sms.db');
    const db = new DatabaseSync(place);
    db.exec(`PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; ${messagesSchema}`);
    const insert = db.prepare('INSERT INTO message (guid, text, date) VALUES (?, ?, 1000000000)');
    for (let n = 0; n < 50; n++) insert.run(`old ${n}`, 'w'.repeat(900));
    db.exec('PRAGMA wal_checkpoint(RESTART); PRAGMA cache_size = 5; BEGIN');
    for (let n = 0; n < 30; n++) insert.run(`given up ${n}`, 'w'.repeat(900));
    db.exec('ROLLBACK');
    insert.run('last', 'w');
    const [main, wal] = [readFileSync(place), readFileSync(`${place}-wal`)];
    db.close();
    rmSync(folder, { recursive: true });
    for (const log of [wal, Buffer.alloc(5000)]) {
      const report = await exported([at(smsPath, main), at(`${smsPath}-wal`, log)]);
      expect(report.unreadable).toBe(0);
    }
  });

  it('a table with an order, a rule or a computed value of its own', async () => {
    const db = new DatabaseSync(':memory:');
    db.exec(`${messagesSchema}; CREATE TABLE odd (a TEXT NOT NULL, b TEXT AS (hex(zeroblob(400000000))), CHECK (length(a) > 5));
      CREATE TABLE odder (a TEXT); CREATE INDEX odder_index ON odder (a) WHERE length(hex(zeroblob(400000000))) > length(a);
      INSERT INTO message (guid, date) VALUES ('a', 1)`);
    const begun = performance.now();
    const report = await exported([at(smsPath, db.serialize())]);
    expect(report).toMatchObject({ read: 1, unreadable: 0 });
    expect(performance.now() - begun).toBeLessThan(5000);
  });
});

describe('the gaps of a report', () => {
  it('that are too many to name are counted', () => {
    const tally = new Tally('messages');
    for (let n = 0; n < 300; n++) tally.gap(`gap ${n}`);
    expect(tally.report().gaps).toHaveLength(201);
    expect(tally.report().gaps.at(-1)).toBe('100 more, which are not named here');
  });
});

describe('a list of files', () => {
  it('that lost an entry of an index is named in every export', async () => {
    const files = buildBackup({ entries: [at(smsPath, pair().main)] });
    const chunks: Uint8Array[] = [];
    for await (const piece of files.open('Manifest.db', { signal })) chunks.push(piece);
    const list = Buffer.concat(chunks);
    const db = new DatabaseSync(':memory:');
    db.deserialize(list);
    const page = Number(
      db.prepare(`SELECT rootpage FROM sqlite_schema WHERE name = 'FilesDomainIdx'`).get()?.['rootpage'],
    );
    db.close();
    list.writeUInt16BE(0, (page - 1) * 4096 + 3);
    files.put('Manifest.db', list);
    await using backup = await openBackup(files, { signal });
    const report = await exportBackup(backup, { kind: 'messages', format: 'json' }, new MemorySink(), { signal });
    expect(report.gaps[0]).toMatch(/^Manifest\.db is damaged, and records may be missing: .*index FilesDomainIdx/);
    expect(report.unreadable).toBe(1);
  });
});
