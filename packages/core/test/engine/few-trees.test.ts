import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { BlobTable } from '../../src/engine/blob-table.ts';
import { FewTrees } from '../../src/engine/few-trees.ts';
import { idWordsFromHex } from '../../src/engine/ids.ts';
import type { FinishedPack } from '../../src/engine/messages.ts';
import { PackPool } from '../../src/engine/pack-pool.ts';
import { newMasterKey, unseal } from '../../src/repository/crypto.ts';
import { objectId } from '../../src/repository/unpacked.ts';
import { DynamicBlobs } from '../../src/engine/dynamic-blobs.ts';
import { PackTable } from '../../src/engine/pack-table.ts';
import { SortedBlobsBuilder } from '../../src/engine/sorted-blobs.ts';

const set = (slots: number) => {
  const table = {
    sorted: new SortedBlobsBuilder().build(),
    dynamic: DynamicBlobs.memory(),
    packs: PackTable.memory(),
    control: BlobTable.control(),
  };
  const masterKey = newMasterKey();
  const pool = PackPool.memory(slots);
  const packs: FinishedPack[] = [];
  const setup = {
    table,
    pool,
    masterKey,
    chunker: { type: 'dedupe', options: { chunker: 'rabin' } },
    codecs: [],
    polynomial: '3da3358b4dc173',
    transformSecret: randomBytes(32),
  };
  new BlobTable(table).setMasks(1, 0);
  return { few: new FewTrees(setup, (pack) => packs.push(pack)), table, masterKey, pool: new PackPool(pool), packs };
};
const never = (): boolean => false;

describe('the trees of a run in which no file has changed', () => {
  it('stand in a pack without any thread', async () => {
    const { few, masterKey, packs, pool, table } = set(2);
    const json = Buffer.from('{"nodes":[]}\n');
    expect(await few.seal(json, never)).toBeGreaterThan(json.length);
    expect(await few.seal(json, never)).toBe(0);
    await few.flush();
    const [pack] = packs;
    expect(packs).toHaveLength(1);
    expect(pack?.blobs).toMatchObject([{ id: objectId(json), type: 'tree', offset: 0 }]);
    const sealed = pool.bytes(pack?.slot ?? -1).subarray(0, pack?.blobs[0]?.length);
    expect(unseal(masterKey, sealed)).toEqual(json);
    expect(new BlobTable(table).neededBy(idWordsFromHex(objectId(json)), true)).toBe(0);
  });

  it('are handed on as soon as a thread has begun, which may need the buffer that they stand in', async () => {
    const { few, packs, pool } = set(2);
    await few.seal(Buffer.from('{"nodes":[]}'), never);
    expect(packs).toHaveLength(0);
    expect(await few.seal(Buffer.from('{}'), () => true)).toBeUndefined();
    expect(packs.map(({ blobs }) => blobs.length)).toEqual([1]);
    pool.release(packs[0]?.slot ?? -1);
    await few.seal(Buffer.from('{"nodes":[1]}'), never);
    await few.flush();
    expect(packs).toHaveLength(2);
  });

  it('are left to a thread when there are many, when one has begun, or when no buffer is free', async () => {
    const { few, pool } = set(1);
    expect(await few.seal(Buffer.alloc(1024 * 1024), never)).toBeUndefined();
    let asked = 0;
    expect(await few.seal(Buffer.from('{}'), () => ++asked > 1)).toBeUndefined();
    pool.take();
    expect(await few.seal(Buffer.from('{}'), never)).toBeUndefined();
  });
});
