import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { bodyOf, isBackupError } from '@triplicate/core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../../src/sqlite/open-database.ts';
import { Schema } from '../../src/sqlite/schema.ts';
import { applyWal } from '../../src/sqlite/wal.ts';
import { fuzz } from '../fixtures/fuzz.ts';
import { signal } from '../fixtures/signal.ts';

let folder: string;
let main: Buffer;
let wal: Buffer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wal-'));
  const path = join(folder, 'a.db');
  const db = new DatabaseSync(path);
  db.exec('PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (n INTEGER, words TEXT)');
  const insert = db.prepare('INSERT INTO t VALUES (?, ?)');
  for (let n = 0; n < 300; n++) insert.run(n, 'w'.repeat(n));
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  for (let n = 300; n < 600; n++) insert.run(n, 'w'.repeat(n % 100));
  db.exec("DELETE FROM t WHERE n < 100; UPDATE t SET words = 'x' WHERE n = 250");
  [main, wal] = [await readFile(path), await readFile(`${path}-wal`)];
  db.close();
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const source = (bytes: Uint8Array) => ({ size: bytes.length, open: () => bodyOf(bytes).open() });
const parts = () => ({ label: 'a.db', main: source(main), wal: source(wal) });
const query = 'SELECT count(*) AS rows, sum(n) AS total, (SELECT words FROM t WHERE n = 250) AS words FROM t';

describe('a database with a write-ahead log', () => {
  it('is read as SQLite itself reads it', async () => {
    const path = join(folder, 'judge.db');
    await writeFile(path, main);
    await writeFile(`${path}-wal`, wal);
    const judge = new DatabaseSync(path);
    const expected = { ...judge.prepare(query).get() };
    judge.close();
    await using db = await openDatabase(parts(), { signal });
    expect({ ...db.sql.prepare(query).get() }).toEqual(expected);
    expect(expected).toEqual({ rows: 500, total: 174_750, words: 'x' });
  });

  it('whose log was begun anew is read without what is left of the older one', async () => {
    const path = join(folder, 'again.db');
    const db = new DatabaseSync(path);
    db.exec('PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE t (n INTEGER, words TEXT)');
    const insert = db.prepare('INSERT INTO t VALUES (?, ?)');
    for (let n = 0; n < 300; n++) insert.run(n, 'w'.repeat(50));
    // The log keeps its length and is written over from its beginning.
    db.exec('PRAGMA wal_checkpoint(RESTART); DELETE FROM t WHERE n > 10');
    const [again, itsLog] = [await readFile(path), await readFile(`${path}-wal`)];
    db.close();
    await using read = await openDatabase({ label: 'again.db', main: source(again), wal: source(itsLog) }, { signal });
    expect(read.sql.prepare('SELECT count(*) AS n, max(n) AS last FROM t').get()).toEqual({ n: 11, last: 10 });
  });

  it('without its log is the older state', async () => {
    await using db = await openDatabase({ label: 'a.db', main: source(Buffer.from(main)) }, { signal });
    expect(db.sql.prepare('SELECT count(*) AS n FROM t').get()).toEqual({ n: 300 });
  });

  it('cut anywhere is read up to the last whole transaction, as SQLite does', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: wal.length }), async (length) => {
        const path = join(folder, `cut.db`);
        await writeFile(path, main);
        await writeFile(`${path}-wal`, wal.subarray(0, length));
        const judge = new DatabaseSync(path);
        const expected = { ...judge.prepare(query).get() };
        judge.close();
        await rm(`${path}-wal`, { force: true });
        const cut = { ...parts(), main: source(Buffer.from(main)), wal: source(wal.subarray(0, length)) };
        await using db = await openDatabase(cut, { signal });
        expect({ ...db.sql.prepare(query).get() }).toEqual(expected);
      }),
      { seed: 20261129, numRuns: 25 },
    );
  });

  it('that is larger than the memory allows goes to a private scratch that leaves nothing behind', async () => {
    const scratchFolder = await mkdtemp(join(folder, 'scratch-'));
    {
      await using db = await openDatabase(parts(), { signal, memoryLimit: 1000, scratchFolder });
      expect({ ...db.sql.prepare(query).get() }).toEqual({ rows: 500, total: 174_750, words: 'x' });
      expect(await readdir(scratchFolder)).toHaveLength(process.platform === 'win32' ? 1 : 0);
    }
    expect(await readdir(scratchFolder)).toEqual([]);
  });

  it('that is none leaves no scratch either', async () => {
    const scratchFolder = await mkdtemp(join(folder, 'scratch-'));
    const junk = { label: 'junk', main: source(Buffer.alloc(5000, 7)) };
    await expect(openDatabase(junk, { signal, memoryLimit: 1, scratchFolder })).rejects.toMatchObject({
      code: 'CORRUPT',
    });
    expect(await readdir(scratchFolder)).toEqual([]);
  });

  it('cannot be written to', async () => {
    await using db = await openDatabase(parts(), { signal });
    expect(() => db.sql.exec('DELETE FROM t')).toThrow(/readonly|read-only|write/i);
  });

  it('never crashes on a damaged log or a damaged file', async () => {
    const result = fuzz(
      (bytes) => applyWal(Buffer.from(main), bytes),
      [wal.subarray(0, 3 * 4120 + 32)],
      2000,
      20261129,
    );
    expect(result.inputs).toBe(2000);
    for (let n = 0; n < 60; n++) {
      const damaged = Buffer.from(main);
      damaged.fill(n, (n * 977) % damaged.length, ((n * 977) % damaged.length) + 200);
      const reading = (async (): Promise<string> => {
        await using db = await openDatabase({ label: 'damaged', main: source(damaged) }, { signal });
        for (const _ of new Schema(db).rows('SELECT * FROM t')) continue;
        return 'read';
      })().catch((error: unknown) => (isBackupError(error, 'CORRUPT') ? 'refused' : error));
      expect(['read', 'refused']).toContain(await reading);
    }
  });
});

describe('a schema', () => {
  it('knows ordinary tables only, and says what is missing', async () => {
    const bytes = new DatabaseSync(':memory:');
    bytes.exec(`CREATE TABLE message (ROWID INTEGER PRIMARY KEY, text TEXT, "odd "" name" TEXT);
      CREATE VIRTUAL TABLE search USING fts5(words);
      CREATE VIEW handle AS WITH RECURSIVE forever(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM forever) SELECT n FROM forever;
      INSERT INTO message VALUES (1, 'a', 'b'), (9007199254740993, 'c', NULL)`);
    await using db = await openDatabase({ label: 'sms.db', main: source(bytes.serialize()) }, { signal });
    const schema = new Schema(db);
    expect([...schema.tables].filter((name) => !name.startsWith('search_'))).toEqual(['message']);
    expect(schema.has('search')).toBe(false);
    expect(schema.count('handle')).toBe(0);
    const picked = schema.pick('message', {
      id: ['ROWID'],
      text: ['text'],
      body: ['attributedBody'],
      odd: ['gone', 'odd " name'],
    });
    expect(picked.missing).toEqual(['body']);
    expect([...schema.rows(`SELECT ${picked.list} FROM message`)].map((row) => ({ ...row }))).toEqual([
      { id: 1n, text: 'a', body: null, odd: 'b' },
      { id: 9007199254740993n, text: 'c', body: null, odd: null },
    ]);
    expect(() => schema.require('message', 'text', 'service')).toThrow('sms.db has no column "message.service"');
    expect(() => schema.require('handle')).toThrow('sms.db has no table "handle"');
  });
});
