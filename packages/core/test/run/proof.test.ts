import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import { bodyOf } from '../../src/body.ts';
import { Catalog } from '../../src/catalog/catalog.ts';
import { sealIndex } from '../../src/engine/index-batches.ts';
import { seal } from '../../src/repository/crypto.ts';
import { packKey } from '../../src/repository/layout.ts';
import { check } from '../../src/run/check.ts';
import type { Pipeline } from '../../src/run/pipeline.ts';
import { proof } from '../../src/run/proof.ts';
import { Session } from '../../src/run/session.ts';
import { Repacker } from '../../src/engine/repacker.ts';
import { openIndex } from '../../src/engine/read-index-file.ts';
import type { IndexPack } from '../../src/repository/index-file.ts';
import { bytesFromText, type BytePath } from '../../src/bytes.ts';
import { MemoryDestination, temporaryFolder, type MemoryStore } from '../../src/testing/index.ts';
import { init, mapSource, run, testPipeline } from '../kit/repository.ts';
import { seededBytes } from '../kit/seeded-bytes.ts';

interface Made {
  readonly pipeline: Pipeline;
  readonly store: MemoryStore;
  readonly catalog: Catalog;
}

const make = async (files: ReadonlyMap<string, Uint8Array>, paths = ['/map']): Promise<Made> => {
  const store: MemoryStore = new Map();
  const catalog = new Catalog(':memory:');
  const { pipeline } = testPipeline({
    sources: { docs: () => ({ ...mapSource(() => files), identity: { host: 'test', paths } }) },
    destinations: { a: () => new MemoryDestination({ store }) },
    catalog,
  });
  await init(pipeline);
  await run(pipeline);
  return { pipeline, store, catalog };
};

const prove = async ({ pipeline }: Made) => {
  await using folder = await temporaryFolder();
  return await proof(pipeline, { random: () => 0.5, scratch: join(folder.path, 'scratch') });
};

const files = (count: number): Map<string, Uint8Array> =>
  new Map(Array.from({ length: count }, (_, i) => [`folder/file ${i}`, seededBytes(i + 1, 5000 + i)]));

describe('a proof', () => {
  it('brings files back from a destination alone, compares them, and is dated', async () => {
    const made = await make(files(30));
    expect(await prove(made)).toEqual([
      {
        destination: 'a',
        status: 'proven',
        snapshots: 1,
        files: 20,
        bytes: expect.any(Number) as number,
        problems: [],
      },
    ]);
    expect(made.catalog.lastProofs().get('a')).toMatchObject({ passed: true, files: 20 });
  });

  it('says of a destination without snapshots that nothing was tested, and dates nothing', async () => {
    const [store, catalog] = [new Map(), new Catalog(':memory:')];
    const { pipeline } = testPipeline({
      sources: { docs: () => ({ ...mapSource(() => files(3)), identity: { host: 'test', paths: ['/map'] } }) },
      destinations: { empty: () => new MemoryDestination({ store }) },
      catalog,
    });
    await init(pipeline);
    expect(await prove({ pipeline, catalog, store })).toMatchObject([
      { destination: 'empty', status: 'skipped', snapshots: 0, error: { code: 'NOT_FOUND' } },
    ]);
    expect(catalog.lastProofs().size).toBe(0);
  });

  it('finds content that is wrong in packs that are whole, as a mistake in a codec would leave it', async () => {
    const made = await make(files(3));
    await forgeContent(made, 'folder/file 1');
    expect((await check(made.pipeline, { random: () => 0 })).map(({ status }) => status)).toEqual(['whole']);
    const [result] = await prove(made);
    expect(result).toMatchObject({ status: 'disproven', files: 3 });
    expect(result?.problems).toHaveLength(1);
    expect(result?.problems[0]).toMatch(/^folder\/file 1 of [0-9a-f]{8}: /);
    expect(made.catalog.lastProofs().get('a')).toMatchObject({ passed: false });
  });

  it('has failed, and is dated, where folder lists are damaged or gone', async () => {
    for (const spoil of [(bytes: Uint8Array) => void bytes.fill(1, 0, 40), undefined]) {
      const made = await make(files(3));
      expect(await prove(made)).toMatchObject([{ status: 'proven' }]);
      for (const [key, object] of [...made.store].filter(([name]) => name.startsWith('data/')))
        if (spoil) spoil(object.content);
        else made.store.delete(key);
      const [result] = await prove(made);
      expect(result).toMatchObject({ status: 'disproven', snapshots: 1 });
      expect(result?.problems).toEqual([
        expect.stringMatching(/^snapshot [0-9a-f]{8}: .*folder list [0-9a-f]{12}/) as string,
      ]);
      expect(made.catalog.lastProofs().get('a')).toMatchObject({ passed: false });
    }
  });

  it('has failed where a snapshot itself is damaged there, also when an older one restores', async () => {
    const made = await make(files(3));
    await run(made.pipeline);
    const snapshots = [...made.store].filter(([name]) => name.startsWith('snapshots/'));
    for (const [count, [key, object]] of snapshots.entries()) {
      object.content.fill(1, 0, 40);
      const [result] = await prove(made);
      expect(result).toMatchObject({ status: 'disproven', files: count === 0 ? 3 : 0 });
      expect(result?.problems).toHaveLength(count + 1);
      const id = key.slice('snapshots/'.length).slice(0, 8);
      expect(result?.problems).toContain(`snapshot ${id} on "a" is damaged`);
    }
  });

  it('finds a phone’s Manifest that names a file which is not there', async () => {
    const udid = '00008030-001A';
    const base = `MobileSync/${udid}`;
    const present = 'ab'.repeat(20);
    const lost = 'cd'.repeat(20);
    const phone = (ids: readonly string[]): Map<string, Uint8Array> =>
      new Map([
        [`${base}/Manifest.db`, manifest(ids)],
        [`${base}/ab/${present}`, seededBytes(9, 3000)],
      ]);
    const whole = await make(phone([present]), [`/${base}`]);
    expect(await prove(whole)).toMatchObject([{ status: 'proven' }]);
    const broken = await make(phone([present, lost]), [`/${base}`]);
    const [result] = await prove(broken);
    expect(result?.status).toBe('disproven');
    expect(result?.problems).toEqual([expect.stringContaining(`it names cd/${lost}, which is not there`) as string]);
  });
});

const manifest = (ids: readonly string[]): Buffer => {
  const database = new DatabaseSync(':memory:');
  database.exec(
    'create table Files (fileID text primary key, domain text, relativePath text, flags integer, file blob)',
  );
  for (const id of ids) database.prepare('insert into Files (fileID, flags) values (?, 1)').run(id);
  // In memory there is no file to read; SQLite writes one.
  const file = join(tmpdir(), `manifest-${process.pid}-${ids.length}.db`);
  database.exec(`vacuum into '${file}'`);
  database.close();
  const bytes = readFileSync(file);
  rmSync(file);
  return bytes;
};

/** Packs and index as whole as ever, with other bytes under the name of one blob. */
const forgeContent = async ({ pipeline, store }: Made, path: string): Promise<void> => {
  await using session = await Session.open(pipeline, { lock: 'read' });
  const [replica] = session.replicas;
  const [snapshot] = session.snapshots;
  if (!replica || !snapshot) throw new TypeError('nothing there');
  const { masterKey, destination } = replica;
  const node = await session.reader(snapshot).node(bytesFromText(path) as BytePath);
  const [victim] = node?.content ?? [];
  const { signal } = new AbortController();
  const packs: IndexPack[] = [];
  const repacker = new Repacker(masterKey, async (pack) => {
    await destination.put(packKey(pack.id), bodyOf(pack.bytes), { signal });
    packs.push(pack);
  });
  for (const key of [...store.keys()].filter((name) => name.startsWith('index/'))) {
    for (const pack of openIndex(masterKey, store.get(key)?.content ?? Buffer.alloc(0))) {
      if (pack.blobs.every(({ type }) => type === 'tree')) {
        packs.push(pack);
        continue;
      }
      const bytes = store.get(packKey(pack.id))?.content ?? Buffer.alloc(0);
      for (const { id, type, offset, length, uncompressedLength } of pack.blobs) {
        const whole = { id, type, sealed: bytes.subarray(offset, offset + length), uncompressedLength };
        await repacker.add(
          id === victim ? { id, type, sealed: seal(masterKey, Buffer.from('something else')) } : whole,
        );
      }
    }
    store.delete(key);
  }
  await repacker.flush();
  const index = sealIndex(packs, masterKey, 2);
  await destination.put(index.key, bodyOf(index.bytes), { signal });
};
