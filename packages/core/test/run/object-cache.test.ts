import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Destination, GetOptions } from '../../src/destination/destination.ts';
import { ForwardingDestination } from '../../src/destination/forwarding.ts';
import { check } from '../../src/run/check.ts';
import { Session } from '../../src/run/session.ts';
import { walkTree } from '../../src/snapshot/walk-tree.ts';
import { MemoryDestination, type MemoryStore } from '../../src/testing/index.ts';
import { init, mapSource, readBack, run, testPipeline } from '../kit/repository.ts';
import { seededBytes } from '../kit/seeded-bytes.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'triplicate-cache-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

class Counted extends ForwardingDestination {
  readonly #asked: string[];

  constructor(inner: Destination, asked: string[]) {
    super(inner);
    this.#asked = asked;
  }

  override get(key: string, options: GetOptions): AsyncIterable<Uint8Array> {
    this.#asked.push(key.split('/')[0] ?? key);
    return this.inner.get(key, options);
  }
}

/** One replica that is far away, with files in several folders, and what was asked of it. */
const farAway = async (cacheFolder: string) => {
  const store: MemoryStore = new Map();
  const asked: string[] = [];
  const files = new Map<string, Uint8Array>([1, 2, 3].map((i) => [`folder-${i}/file`, seededBytes(i, 30_000)]));
  const made = testPipeline({
    sources: { files: () => mapSource(() => files, { base: 'previous' }) },
    destinations: { far: () => new Counted(new MemoryDestination({ store }), asked) },
  });
  const destinations = made.pipeline.destinations.map((one) => ({ ...one, cacheFolder }));
  const pipeline = { ...made.pipeline, destinations };
  await init(pipeline);
  return { pipeline, store, asked, files };
};

const held = async (cacheFolder: string): Promise<string[]> =>
  (await readdir(cacheFolder, { recursive: true })).filter((path) => /[0-9a-f]{64}$/.test(path) && path.length > 70);

it('fetches indexes, snapshots and folder lists of a replica that is far away once', async () => {
  const cache = join(folder, 'once');
  const { pipeline, asked, files } = await farAway(cache);
  await run(pipeline);
  files.set('folder-1/new', seededBytes(9, 1000));
  await run(pipeline);
  asked.length = 0;
  files.set('folder-2/new', seededBytes(10, 1000));
  expect((await run(pipeline)).outcomes).toMatchObject([{ status: 'stored' }]);
  const again = asked.filter((kind) => kind !== 'config' && kind !== 'keys' && kind !== 'locks');
  // Of the run before: its index, its snapshot and its pack of folder lists.
  expect(again.toSorted()).toEqual(['data', 'index', 'snapshots']);
  const back = await readBack(pipeline, 'far');
  expect(back.get('folder-2/new')?.equals(seededBytes(10, 1000))).toBe(true);
  expect(back.size).toBe(5);
});

it('gives threads the pieces of packs that are kept, and reads each of them once', async () => {
  const { pipeline, asked } = await farAway(join(folder, 'pieces'));
  await run(pipeline);
  const readAll = async (): Promise<{ trees: number; pieces: number; bytes: number }> => {
    await using session = await Session.open(pipeline, { lock: 'read' });
    let trees = 0;
    for await (const { node } of walkTree(session.trees, session.snapshots[0]?.file.tree ?? '')) {
      if (node.subtree !== undefined) trees += 1;
    }
    const { pieces } = session.blobs;
    return { trees, pieces: pieces.length, bytes: pieces[0]?.memory.byteLength ?? 0 };
  };
  const first = await readAll();
  expect(first).toMatchObject({ trees: 3, pieces: 1 });
  asked.length = 0;
  expect(await readAll()).toEqual(first);
  expect(asked).not.toContain('data');
});

it('takes a damaged cache for none', async () => {
  const cache = join(folder, 'damaged');
  const { pipeline, files } = await farAway(cache);
  for (const i of [1, 2]) {
    files.set('new', seededBytes(i, 1000));
    await run(pipeline);
  }
  await readBack(pipeline, 'far');
  const places = await held(cache);
  expect(places.length).toBeGreaterThan(3);
  for (const place of places) {
    const bytes = await readFile(join(cache, place));
    await writeFile(join(cache, place), bytes.fill(0, 0, 50));
  }
  expect((await readBack(pipeline, 'far')).get('new')?.equals(seededBytes(2, 1000))).toBe(true);
});

it('hides no damage from a check, and drops what the replica does not have any more', async () => {
  const cache = join(folder, 'check');
  const { pipeline, store, files } = await farAway(cache);
  await run(pipeline);
  files.set('new', seededBytes(1, 1000));
  await run(pipeline);
  await readBack(pipeline, 'far');
  const [gone] = [...store.keys()].filter((key) => key.startsWith('snapshots/'));
  if (gone === undefined) throw new Error('no snapshot');
  const id = gone.slice('snapshots/'.length);
  expect((await held(cache)).some((path) => path.endsWith(id))).toBe(true);
  for (const [key, object] of store) {
    if (key.startsWith('index/')) store.set(key, { ...object, content: Buffer.from(object.content).fill(0, 9, 20) });
  }
  expect(await check(pipeline, { random: () => 0 })).toMatchObject([{ status: 'damaged' }]);
  store.delete(gone);
  await readBack(pipeline, 'far').catch(() => undefined);
  expect((await held(cache)).some((path) => path.endsWith(id))).toBe(false);
});

it('goes on where nothing can be kept', async () => {
  const file = join(folder, 'a-file');
  await writeFile(file, '');
  const { pipeline } = await farAway(join(file, 'cache'));
  expect((await run(pipeline)).outcomes).toMatchObject([{ status: 'stored' }]);
  expect((await readBack(pipeline, 'far')).size).toBe(3);
});
