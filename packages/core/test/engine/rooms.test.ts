import { hash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { bodyOf } from '../../src/body.ts';
import type { Destination, GetOptions } from '../../src/destination/destination.ts';
import { ForwardingDestination } from '../../src/destination/forwarding.ts';
import { fetchPack } from '../../src/engine/pack-fetcher.ts';
import { PackPool } from '../../src/engine/pack-pool.ts';
import { evenRooms, type LendRoom, ownRooms, poolRooms } from '../../src/engine/rooms.ts';
import { BackupError } from '../../src/errors.ts';
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

  it('are all as large as the largest takes where they are to be even', () => {
    const made: number[] = [];
    const own = ownRooms((bytes) => {
      made.push(bytes);
      return new ArrayBuffer(bytes);
    });
    const lend = evenRooms(200, own);
    for (const size of [100, 60, 200, 150]) {
      using room = lend(size);
      expect(room.bytes).toHaveLength(size);
    }
    expect(made).toEqual([200]);
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

describe('a pack is read into rooms', () => {
  const { signal } = new AbortController();
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
  const replicaOn = (destination: Destination, i: number): Replica => ({
    name: `${i}`,
    mask: 1 << i,
    destination,
    masterKey,
    keyId: '',
    config: { version: 2, id: '', chunkerPolynomial: '' },
  });
  const holding = async (bytes: Uint8Array): Promise<MemoryDestination> => {
    const destination = new MemoryDestination();
    await destination.put(packKey(id), bodyOf(bytes), { signal });
    return destination;
  };
  /** Rooms, and how many of them there are and are not given back. */
  const rooms = () => {
    const lent = new Set<Uint8Array>();
    const lend: LendRoom = (size) => {
      const bytes = new Uint8Array(size);
      lent.add(bytes);
      return { bytes, [Symbol.dispose]: () => void lent.delete(bytes) };
    };
    return { lent, lend };
  };

  it('and joined of two copies that are damaged in different blobs', async () => {
    const replicas = await Promise.all(
      [100, 5200].map(async (at, i): Promise<Replica> => {
        const bytes = Buffer.from(whole);
        bytes[at] = (bytes[at] ?? 0) ^ 1;
        return replicaOn(await holding(bytes), i);
      }),
    );
    const { lent, lend } = rooms();
    {
      using fetched = await fetchPack(id, replicas, { signal, lend });
      expect(fetched.bytes.equals(whole)).toBe(true);
      expect(fetched.bad).toHaveLength(2);
    }
    expect(lent.size).toBe(0);
  });

  it('of which one that a failed reading may still write to is not used for the next copy, and does not come back', async () => {
    const { lent, lend } = rooms();
    const late: Uint8Array[] = [];
    class Late extends ForwardingDestination {
      override get(_key: string, { room }: GetOptions): AsyncIterable<Uint8Array> {
        if (room) late.push(room);
        throw new BackupError('UNAVAILABLE', 'the disk does not answer');
      }
    }
    const replicas = [new Late(await holding(whole)), await holding(whole)].map(replicaOn);
    {
      using fetched = await fetchPack(id, replicas, { signal, lend });
      expect(late).toHaveLength(1);
      late[0]?.fill(0);
      expect(fetched.bytes.equals(whole)).toBe(true);
      expect(lent.size).toBe(2);
    }
    expect([...lent]).toEqual(late);
  });
});
