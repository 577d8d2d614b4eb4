import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/clock.ts';
import type { Destination, ObjectInfo } from '../../src/destination/destination.ts';
import { ForwardingDestination } from '../../src/destination/forwarding.ts';
import { BlobTable } from '../../src/engine/blob-table.ts';
import { BufferDemand } from '../../src/engine/buffer-demand.ts';
import { DynamicBlobs } from '../../src/engine/dynamic-blobs.ts';
import { FanOut } from '../../src/engine/fan-out.ts';
import { PackPool } from '../../src/engine/pack-pool.ts';
import { PackTable } from '../../src/engine/pack-table.ts';
import { SortedBlobsBuilder } from '../../src/engine/sorted-blobs.ts';
import { newMasterKey } from '../../src/repository/crypto.ts';
import type { Replica } from '../../src/repository/replica.ts';
import { MemoryDestination } from '../../src/testing/index.ts';

const full = { hasRoom: false };
const idle = { hasRoom: true };
const starved = { starved: true, released: 0 };

describe('one more pack buffer', () => {
  const looks = (demand: BufferDemand, count: number, lanes: readonly { hasRoom: boolean }[]) =>
    Array.from({ length: count }, () => demand.look(starved, lanes)).filter(Boolean).length;

  it('is of use where a worker sleeps and a lane has room, for a while', () => {
    const demand = new BufferDemand();
    expect(looks(demand, 24, [full, idle])).toBe(0);
    expect(looks(demand, 26, [full, idle])).toBe(2);
  });

  it('is of none while every lane has its hands full, however long a worker sleeps', () => {
    expect(looks(new BufferDemand(), 10_000, [full, full, full])).toBe(0);
  });

  it('is of none where a worker got one, or a lane had enough, in between', () => {
    const demand = new BufferDemand();
    expect(looks(demand, 24, [idle])).toBe(0);
    expect(demand.look({ ...starved, starved: false }, [idle])).toBe(false);
    expect(looks(demand, 24, [idle])).toBe(0);
    expect(demand.look(starved, [full])).toBe(false);
    expect(looks(demand, 24, [idle])).toBe(0);
  });

  it('is of none where one came back in between, whoever got it', () => {
    const demand = new BufferDemand();
    const cameBack = Array.from({ length: 1000 }, (_, at) => demand.look({ starved: true, released: at >> 4 }, [idle]));
    expect(cameBack).not.toContain(true);
  });
});

/** Takes a pack, and is never done with it. */
class Slow extends ForwardingDestination {
  override put(): Promise<ObjectInfo> {
    return new Promise<never>(() => undefined);
  }
}

const memory = (): MemoryDestination => new MemoryDestination({ capabilities: { maxConcurrency: 2 } });

/** Three packs on their way to `destinations`, and a worker that sleeps, with three buffers in use of seven. */
const fanOutTo = (destinations: readonly Destination[]): { fanOut: FanOut; pool: PackPool } => {
  const table = new BlobTable({
    sorted: new SortedBlobsBuilder().build(),
    dynamic: DynamicBlobs.memory(),
    packs: PackTable.memory(),
    control: BlobTable.control(),
  });
  const masterKey = newMasterKey();
  const config = { version: 2 };
  const replicas = destinations.map(
    (destination, at) => ({ name: `${at}`, mask: 1 << at, destination, masterKey, config }) as unknown as Replica,
  );
  const poolMemory = PackPool.memory(7, 1024, 3);
  const pool = new PackPool(poolMemory);
  const nothing = (): void => undefined;
  const fanOut = new FanOut({
    replicas,
    table,
    pool,
    files: new Map(),
    codecs: [],
    pace: 'fastest',
    quorum: 1,
    clock: systemClock,
    signal: new AbortController().signal,
    write: true,
    onLane: nothing,
    onDamaged: nothing,
  });
  const mask = (1 << destinations.length) - 1;
  for (let at = 0; at < 3; at += 1) {
    const slot = pool.take() ?? -1;
    const pack = table.packs.allocate(mask);
    const id = `${at}`.repeat(64);
    table.packs.setId(pack, Buffer.from(id, 'hex'), 1024);
    fanOut.accept({ pack, slot, size: 1024, id, mask, blobs: [] });
  }
  // As `take` counts a worker that sleeps.
  new Int32Array(poolMemory.control)[1] = 1;
  return { fanOut, pool };
};

describe('the fan-out, while a worker sleeps for want of a buffer', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] }));
  afterEach(() => void vi.useRealTimers());

  it('gives it none that nobody has written to while all destinations are slow', () => {
    const { fanOut, pool } = fanOutTo([new Slow(memory()), new Slow(memory())]);
    using _over = fanOut;
    vi.advanceTimersByTime(60_000);
    expect(pool.hasFree).toBe(false);
  });

  it('gives it one where another destination waits for packs', async () => {
    const { fanOut, pool } = fanOutTo([new Slow(memory()), memory()]);
    using _over = fanOut;
    await vi.waitFor(() => expect(fanOut.lanes.map(({ hasRoom }) => hasRoom)).toEqual([false, true]));
    expect(pool.hasFree).toBe(false);
    vi.advanceTimersByTime(250);
    expect(pool.hasFree).toBe(true);
    expect(pool.take()).toBe(3);
    expect(pool.hasFree).toBe(false);
  });
});
