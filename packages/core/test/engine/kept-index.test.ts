import { existsSync, readdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { seededInteger, seededRandom, type TemporaryFolder, temporaryFolder } from '@triplicate/core/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bodyOf } from '../../src/body.ts';
import { systemClock } from '../../src/clock.ts';
import { sealIndex } from '../../src/engine/index-batches.ts';
import { idWordsFromHex } from '../../src/engine/ids.ts';
import { KeptIndex } from '../../src/engine/kept-index.ts';
import { loadIndex, type LoadedIndex } from '../../src/engine/repository-index.ts';
import { newMasterKey } from '../../src/repository/crypto.ts';
import { objectKey } from '../../src/repository/layout.ts';
import { objectId } from '../../src/repository/unpacked.ts';
import type { Replica } from '../../src/repository/replica.ts';
import { type MemoryReplica, memoryReplica } from './support/memory-replica.ts';

const { signal } = new AbortController();
const masterKey = newMasterKey();
type Pack = Parameters<typeof sealIndex>[0][number];

let temporary: TemporaryFolder;
beforeEach(async () => {
  temporary = await temporaryFolder();
});
afterEach(() => temporary[Symbol.asyncDispose]());

const keptIndex = (key = masterKey, entriesInPiece?: number): KeptIndex =>
  new KeptIndex({
    folder: join(temporary.path, 'indexes'),
    masterKey: key,
    clock: systemClock,
    ...(entriesInPiece && { entriesInPiece }),
  });

const replica = (name: string, mask: number): MemoryReplica => memoryReplica(name, mask, masterKey);

let drawn = 0;
const newId = (): string => objectId(Buffer.from(`${++drawn}`));

/** `known`: some of the blobs are copies of these. */
const packOf = (count: number, known: readonly string[] = []): Pack => {
  let offset = 0;
  const ids = new Set(Array.from({ length: count }, (_, i) => (i % 7 === 0 && known[i]) || newId()));
  return {
    id: newId(),
    blobs: [...ids].map((id, i) => {
      const blob = { id, type: i % 5 === 0 ? ('tree' as const) : ('data' as const), offset, length: 100 + (i % 50) };
      offset += blob.length;
      return i % 3 === 0 ? { ...blob, uncompressedLength: 400 } : blob;
    }),
  };
};

const put = async (packs: readonly Pack[], replicas: readonly MemoryReplica[]): Promise<string> => {
  const { key, bytes, id } = sealIndex(packs, masterKey, 2);
  for (const { destination } of replicas) await destination.put(key, bodyOf(bytes), { signal });
  return id;
};

/** Loads it, and keeps it as commands do. */
const load = async (replicas: readonly Replica[], kept = keptIndex()): Promise<LoadedIndex> => {
  const index = await loadIndex(replicas, signal, kept);
  await kept.keep(index, { signal });
  return index;
};

/** All that an index says, whatever numbers its packs have, as JSON. */
const contentOf = ({ table, files, packNumbers, memory }: LoadedIndex, packs: readonly Pack[]): string =>
  JSON.stringify({
    blobs: table.count,
    further: memory.sorted.furtherCount,
    files: [...files.values()]
      .map(({ id, mask, packs: numbers }) => ({ id, mask, packs: numbers.map((pack) => table.packs.id(pack)) }))
      .toSorted((a, b) => (a.id < b.id ? -1 : 1)),
    packs: [...packNumbers]
      .map(([id, pack]) => [id, table.packs.id(pack), table.packs.size(pack), table.packs.presence(pack)])
      .toSorted(([a = ''], [b = '']) => (a < b ? -1 : 1)),
    places: packs.flatMap(({ blobs }) =>
      blobs
        .filter((_, i) => i % 3 === 0)
        .map(({ id, type }) => [
          id,
          table.presence(idWordsFromHex(id), type === 'tree'),
          table
            .places(idWordsFromHex(id), type === 'tree')
            .map(({ pack, ...place }) => ({ pack: table.packs.id(pack), ...place }))
            .toSorted((a, b) => (a.pack < b.pack ? -1 : 1)),
        ]),
    ),
  });

const piecesOf = (folder = join(temporary.path, 'indexes')): string[] =>
  existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];

describe('an index that is kept', () => {
  const seed = Math.floor(Math.random() * 2 ** 32);

  it(`says what the index files say, whatever comes, goes and is damaged (seed ${seed})`, async () => {
    const random = seededRandom(seed);
    const int = (from: number, to: number): number => seededInteger(random, from, to);
    const replicas = [replica('a', 1), replica('b', 2), replica('c', 4)];
    const files: { readonly id: string; readonly packs: readonly Pack[] }[] = [];
    const add = async (counts: readonly number[]): Promise<void> => {
      const known = files.flatMap(({ packs }) => packs.flatMap(({ blobs }) => blobs.map(({ id }) => id)));
      const packs = counts.map((count) => packOf(count, known));
      // One of them is never asked alone.
      files.push({
        packs,
        id: await put(
          packs,
          [replicas[2], ...replicas.slice(int(0, 2), 2)].flatMap((one) => one ?? []),
        ),
      });
    };
    const remove = async (): Promise<void> => {
      const [gone] = files.splice(int(1, files.length - 1), 1);
      const key = objectKey('index', gone?.id ?? '');
      for (const { destination } of replicas) await destination.delete(key, { signal }).catch(() => undefined);
    };
    const check = async (asked: readonly Replica[]): Promise<LoadedIndex> => {
      const packs = files.flatMap((file) => file.packs);
      const index = await load(asked);
      expect(contentOf(index, packs)).toBe(contentOf(await loadIndex(asked, signal), packs));
      return index;
    };
    const piece = (): string => piecesOf()[int(0, 1)] ?? '';
    const steps: readonly (() => unknown)[] = [
      () => add([int(1, 300), int(1, 300)]),
      () => add([int(1, 300)]),
      () => add([3000, 3000]),
      remove,
      () => truncateSync(piece(), int(0, 1000)),
      () => rmSync(piece()),
      () => check(replicas.slice(2)),
    ];
    await add([3000, 3000]);
    await add([200]);
    await check(replicas);
    for (let round = 0; round < 14; round += 1) {
      await steps[round < steps.length ? round : int(0, steps.length - 1)]?.();
      await check(replicas);
      // Of what was whole a moment ago hardly anything is read.
      const { anew, table } = await check(replicas);
      expect(anew).toBeLessThan(table.count / 7);
    }
  });

  it('reads no index file of which all is kept, and only the new ones', async () => {
    const a = replica('a', 1);
    const first = await put([packOf(5000)], [a]);
    await load([a]);
    const got: string[] = [];
    const get = a.destination.get.bind(a.destination);
    a.destination.get = (key, options) => {
      got.push(key);
      return get(key, options);
    };
    expect((await load([a])).anew).toBe(0);
    const second = await put([packOf(10)], [a]);
    const index = await load([a]);
    expect([index.anew, index.table.count]).toEqual([10, 5010]);
    expect(got).toEqual([objectKey('index', second)]);
    expect(got).not.toContain(objectKey('index', first));
  });

  it('stands in several pieces when it is large, is replaced by another one, and leaves nothing behind', async () => {
    const a = replica('a', 1);
    const small = (): KeptIndex => keptIndex(masterKey, 2000);
    const packs = [packOf(3000), packOf(2500)];
    await put(packs, [a]);
    await load([a], small());
    // Three of entries, and the lists.
    expect(piecesOf()).toHaveLength(4);
    const again = await load([a], small());
    expect(again.anew).toBe(0);
    expect(contentOf(again, packs)).toBe(contentOf(await loadIndex([a], signal), packs));
    await put([packOf(5000)], [a]);
    expect((await load([a], small())).anew).toBe(5000);
    expect(piecesOf()).toHaveLength(7);
    expect((await load([a], small())).anew).toBe(0);
  });

  it('is not taken when a copy of a file has another length than it had', async () => {
    const [a, b] = [replica('a', 1), replica('b', 2)];
    const id = await put([packOf(5000)], [a, b]);
    await load([a, b]);
    const key = objectKey('index', id);
    await b.destination.delete(key, { signal });
    await b.destination.put(key, bodyOf(Buffer.alloc(10)), { signal });
    const { anew, files, unreadable } = await load([a, b]);
    expect(anew).toBe(5000);
    expect(files.get(id)?.mask).toBe(1);
    expect(unreadable.map(({ replicas }) => replicas)).toEqual([2]);
  });

  it('tells nothing without the secret, and is of no use with another one, or where pieces were exchanged', async () => {
    const a = replica('a', 1);
    const pack = packOf(5000);
    await put([pack], [a]);
    await load([a]);
    const all = Buffer.concat(piecesOf().map((path) => readFileSync(path)));
    for (const { id } of pack.blobs.slice(0, 50)) {
      expect(all.includes(Buffer.from(id, 'hex'))).toBe(false);
      expect(all.includes(id)).toBe(false);
    }
    expect(await keptIndex(newMasterKey()).lists({ signal })).toBeUndefined();
    const [one = '', other = ''] = piecesOf();
    renameSync(one, `${one}-`);
    renameSync(other, one);
    renameSync(`${one}-`, other);
    expect((await loadIndex([a], signal, keptIndex())).anew).toBe(5000);
  });

  it('is left as it was when it is hardly worth it, and keeps nothing of an index that is not whole', async () => {
    const [a, b] = [replica('a', 1), replica('b', 2)];
    await put([packOf(100)], [a]);
    await load([a]);
    expect(piecesOf()).toEqual([]);
    const id = await put([packOf(6000)], [a, b]);
    await b.destination.delete(objectKey('index', id), { signal });
    await b.destination.put(objectKey('index', id), bodyOf(Buffer.alloc(10)), { signal });
    expect((await load([a, b])).unreadable).toHaveLength(1);
    expect(piecesOf()).toEqual([]);
  });

  it('costs nothing but time where it cannot be written', async () => {
    const a = replica('a', 1);
    await put([packOf(5000)], [a]);
    writeFileSync(join(temporary.path, 'indexes'), 'no folder');
    expect((await load([a])).anew).toBe(5000);
    expect((await load([a])).anew).toBe(5000);
  });
});
