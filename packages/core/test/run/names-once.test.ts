/** No pack stands in two index files of one replica: stock restic complains of it. */
import { beforeEach, expect, it } from 'vitest';
import { sealIndex } from '../../src/engine/index-batches.ts';
import { openIndex } from '../../src/engine/read-index-file.ts';
import { check } from '../../src/run/check.ts';
import { heal } from '../../src/run/heal.ts';
import type { Pipeline } from '../../src/run/pipeline.ts';
import { Session } from '../../src/run/session.ts';
import { sync } from '../../src/run/sync.ts';
import { MemoryDestination, type MemoryStore } from '../../src/testing/index.ts';
import { init, mapSource, readBack, run, testPipeline } from '../kit/repository.ts';
import { seededBytes } from '../kit/seeded-bytes.ts';

let stores: Record<'a' | 'b' | 'c', MemoryStore>;
let files: Map<string, Uint8Array>;
let pipeline: Pipeline;

const indexesOf = (store: MemoryStore): string[] => [...store.keys()].filter((key) => key.startsWith('index/'));

/** Three replicas with three snapshots; gives the index files in the order in which they came. */
const threeRuns = async (): Promise<string[]> => {
  const came: string[] = [];
  for (const seed of [1, 2, 3]) {
    files.set(`file${seed}`, seededBytes(seed, 30_000));
    await run(pipeline);
    came.push(...indexesOf(stores.b).filter((key) => !came.includes(key)));
  }
  return came;
};

/** Packs that stand in more than one index file. */
const namedTwice = async (name: 'a' | 'b' | 'c'): Promise<string[]> => {
  await using session = await Session.open(pipeline, { lock: 'read', only: new Set([name]), uncached: true });
  const { files: indexes, table } = session.index;
  const named = [...indexes.values()].flatMap(({ packs }) => packs.map((pack) => table.packs.id(pack)));
  return named.filter((id, i) => named.indexOf(id) !== i);
};

const expectWhole = async (): Promise<void> => {
  const results = await check(pipeline, { readData: 'all', random: () => 0 });
  expect(results.map(({ status, errors }) => ({ status, errors }))).toEqual(
    results.map(() => ({ status: 'whole', errors: [] })),
  );
  for (const [path, bytes] of await readBack(pipeline, 'b')) expect(bytes.equals(files.get(path) ?? bytes)).toBe(true);
};

beforeEach(async () => {
  stores = { a: new Map(), b: new Map(), c: new Map() };
  files = new Map();
  const open = (name: 'a' | 'b' | 'c') => (): MemoryDestination => new MemoryDestination({ store: stores[name] });
  ({ pipeline } = testPipeline({
    sources: { files: () => mapSource(() => files) },
    destinations: { a: open('a'), b: open('b'), c: open('c') },
  }));
  await init(pipeline);
});

it('leaves out of a lost index file what a backup has named since', async () => {
  const [oldest = ''] = await threeRuns();
  stores.b.delete(oldest);
  // No tree of the first run is needed by this one: a part of its packs stays unnamed until it is mended.
  files.set('file4', seededBytes(4, 30_000));
  await run(pipeline);
  expect(await heal(pipeline, { dryRun: false })).toMatchObject([{}, { status: 'healed', left: [] }, {}]);
  expect(await namedTwice('b')).toEqual([]);
  await expectWhole();
});

it('leaves out of a damaged index file what a backup has named since', async () => {
  const [oldest = ''] = await threeRuns();
  const object = stores.b.get(oldest);
  if (!object) throw new Error('no index');
  stores.b.set(oldest, { ...object, content: Buffer.from(object.content).subarray(0, -5) });
  files.set('file4', seededBytes(4, 30_000));
  await run(pipeline);
  expect(await heal(pipeline, { dryRun: false })).toMatchObject([{}, { status: 'healed', left: [] }, {}]);
  expect(await namedTwice('b')).toEqual([]);
  await expectWhole();
});

it('does not bring an index file that another program has merged when only some of its packs were lacking', async () => {
  await threeRuns();
  files.set('file4', seededBytes(4, 30_000));
  await run({ ...pipeline, destinations: pipeline.destinations.slice(0, 1) });
  await mergeIndexes('a');
  const results = await sync(pipeline, { dryRun: false });
  expect(results.map(({ status, snapshots }) => ({ status, snapshots }))).toEqual([
    { status: 'synced', snapshots: 0 },
    { status: 'synced', snapshots: 1 },
    { status: 'synced', snapshots: 1 },
  ]);
  expect(await namedTwice('b')).toEqual([]);
  await expectWhole();
});

it('names the rest anew when the siblings’ index files were merged', async () => {
  const [oldest = ''] = await threeRuns();
  await mergeIndexes('a');
  await mergeIndexes('c');
  stores.b.delete(oldest);
  expect(await heal(pipeline, { dryRun: false })).toMatchObject([{}, { status: 'healed', left: [] }, {}]);
  expect(await namedTwice('b')).toEqual([]);
  await expectWhole();
});

/** As `restic prune` and `restic repair index` leave them. */
const mergeIndexes = async (name: 'a' | 'c'): Promise<void> => {
  await using session = await Session.open(pipeline, { lock: 'read', only: new Set([name]) });
  const [replica] = session.replicas;
  if (!replica) throw new Error('not there');
  const old = indexesOf(stores[name]);
  const packs = old.flatMap((key) => openIndex(replica.masterKey, stores[name].get(key)?.content ?? Buffer.alloc(0)));
  const merged = sealIndex(packs, replica.masterKey, replica.config.version);
  const some = stores[name].get(old[0] ?? '');
  if (!some) throw new Error('no index');
  for (const key of old) stores[name].delete(key);
  stores[name].set(merged.key, { ...some, content: merged.bytes });
};
