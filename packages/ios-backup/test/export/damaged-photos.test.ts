import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { exportBackup, openBackup } from '../../src/index.ts';
import type { ExportReport } from '../../src/index.ts';
import { buildBackup } from '../fixtures/backup-builder.ts';
import type { PhoneEntry } from '../fixtures/backup-builder.ts';
import { MemorySink } from '../fixtures/memory-sink.ts';
import { phone } from '../fixtures/phone/phone.ts';
import { signal } from '../fixtures/signal.ts';

const database = 'Media/PhotoData/Photos.sqlite';

/** The phone with the database of its library changed. */
const damaged = (damage: (bytes: Buffer) => Buffer): readonly PhoneEntry[] =>
  phone.map((entry) =>
    entry.path === database && entry.bytes !== undefined
      ? { ...entry, bytes: damage(Buffer.from(entry.bytes)) }
      : entry,
  );

const exported = async (entries: readonly PhoneEntry[], sink: MemorySink, salvage?: boolean): Promise<ExportReport> => {
  await using backup = await openBackup(buildBackup({ entries }), { signal });
  const how = { signal, ...(salvage === undefined ? {} : { salvage }) };
  return await exportBackup(backup, { kind: 'photos' }, sink, how);
};

const pictures = ({ paths }: MemorySink): string[] =>
  paths.filter((path) => !path.endsWith('.json')).map((path) => path.slice(path.lastIndexOf('/') + 1));

const all = ['IMG_0001.HEIC', 'IMG_0001.MOV', 'IMG_0002.JPG', 'IMG_0003.MOV', 'IMG_0004.JPG', 'IMG_0005.JPG'];

it('without a database that can be read, photos are exported by their files, and the report names what is missing', async () => {
  const sink = new MemorySink();
  const report = await exported(
    damaged((bytes) => bytes.fill(0x5a)),
    sink,
  );
  expect(pictures(sink)).toEqual(all);
  expect(report).toMatchObject({ read: 6, exported: 6, unreadable: 1 });
  expect(report.gaps.join('\n')).toMatch(
    /^albums, .*dates.*hidden.*: CameraRollDomain Media\/PhotoData\/Photos\.sqlite cannot be read/,
  );
});

it('a database that is damaged further on gives the pictures that it tells of, each file once', async () => {
  const sink = new MemorySink();
  const report = await exported(damaged(breakExtras), sink);
  expect(pictures(sink).toSorted()).toEqual([...new Set(pictures(sink))].toSorted());
  expect(pictures(sink)).toEqual(expect.arrayContaining(all));
  expect(report.unreadable).toBe(1);
});

it('who does not want files alone hears that the database is damaged', async () => {
  const bytes = damaged((whole) => whole.fill(0x5a));
  await expect(exported(bytes, new MemorySink(), false)).rejects.toMatchObject({ code: 'CORRUPT' });
});

/** Enough rows that the table has several pages, of which the last is overwritten. */
const breakExtras = (bytes: Buffer): Buffer => {
  const db = new DatabaseSync(':memory:');
  db.deserialize(bytes);
  db.exec(
    `WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 300)
     INSERT INTO ZASSET (Z_PK, ZDIRECTORY, ZFILENAME, ZDATECREATED) SELECT i, 'DCIM/100APPLE', 'GONE_' || i || '.JPG', 1 FROM n;
     CREATE INDEX by_date ON ZASSET (ZDATECREATED)`,
  );
  const root = db.prepare("SELECT max(pageno) AS page FROM dbstat WHERE name = 'ZASSET'").get();
  const size = Number(db.prepare('PRAGMA page_size').get()?.['page_size']);
  const broken = Buffer.from(db.serialize());
  db.close();
  const page = Number(root?.['page']);
  return broken.fill(0x5a, (page - 1) * size, page * size);
};
