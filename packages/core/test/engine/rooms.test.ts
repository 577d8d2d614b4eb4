import { hash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { bodyOf } from '../../src/body.ts';
import { fetchPack } from '../../src/engine/pack-fetcher.ts';
import { PackPool } from '../../src/engine/pack-pool.ts';
import { ownRooms, poolRooms } from '../../src/engine/rooms.ts';
import { newMasterKey, seal } from '../../src/repository/crypto.ts';
import { packKey } from '../../src/repository/layout.ts';
import { encodeHeader, type PackedBlob } from '../../src/repository/pack.ts';
import type { Replica } from '../../src/repository/replica.ts';
import { objectId } from '../../src/repository/unpacked.ts';
import { MemoryDestination } from '../../src/testing/index.ts';
import { seededBytes } from '../kit/seeded-bytes.ts';

describe('rooms', () => {
  it('of their own are used again, and made anew where they are too small', () => {
    const made: number[] = [];
    const lend = ownRooms((bytes) => {
      made.push(bytes);
      return new ArrayBuffer(bytes);
    });
    for (const size of [100, 60, 100, 200]) {
      using room = lend(size);
      expect(room.bytes).toHaveLength(size);
    }
    expect(made).toEqual([100, 200]);
  });

  it('of the pool are taken only when nothing is sealed any more, and come back', () => {
    const pool = new PackPool(PackPool.memory(1));
    let isOver = false;
    let owned = 0;
    const lend = poolRooms(
      pool,
      () => isOver,
      (bytes) => {
        owned += 1;
        return { bytes: new Uint8Array(bytes), [Symbol.dispose]() {} };
      },
    );
    {
      using _room = lend(10);
      expect([owned, pool.hasFree]).toEqual([1, true]);
    }
    isOver = true;
    {
      using _room = lend(10);
      expect([owned, pool.hasFree]).toEqual([1, false]);
      using _second = lend(10);
      expect(owned).toBe(2);
    }
    expect(pool.hasFree).toBe(true);
    using _large = lend(pool.slotBytes + 1);
    expect([owned, pool.hasFree]).toEqual([3, true]);
  });
});

it('a pack of which two copies are damaged in different blobs is joined, although they are read into one room', async () => {
  const masterKey = newMasterKey();
  const sealed = [1, 2].map((seed) => seal(masterKey, seededBytes(seed, 5000)));
  const blobs = sealed.map(({ byteLength }, i): PackedBlob => ({
    id: hash('sha256', `${i}`),
    type: 'data',
    offset: i * byteLength,
    length: byteLength,
  }));
  const whole = Buffer.concat([...sealed, encodeHeader(masterKey, blobs)]);
  const id = objectId(whole);
  const { signal } = new AbortController();
  const replicas = await Promise.all(
    [100, 5200].map(async (at, i): Promise<Replica> => {
      const destination = new MemoryDestination({ label: `${i}` });
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] ?? 0) ^ 1;
      await destination.put(packKey(id), bodyOf(bytes), { signal });
      return {
        name: `${i}`,
        mask: 1 << i,
        destination,
        masterKey,
        keyId: '',
        config: { version: 2, id: '', chunkerPolynomial: '' },
      };
    }),
  );
  const room = new Uint8Array(whole.byteLength);
  const { bytes, bad } = await fetchPack(id, replicas, { signal, room });
  expect(bytes.equals(whole)).toBe(true);
  expect(bad).toHaveLength(2);
});
