import { describe, expect, it } from 'vitest';
import { PackPool } from '../../src/engine/pack-pool.ts';

const poolOf = (slots: number, eager: number): PackPool => new PackPool(PackPool.memory(slots, 1024, eager));

describe('PackPool', () => {
  it('takes a buffer that was used before, so that nobody writes to more than are needed', () => {
    const pool = poolOf(3, 3);
    expect([pool.take(), pool.take()]).toEqual([0, 1]);
    pool.release(1);
    expect(pool.take()).toBe(1);
    pool.release(1);
    pool.release(0);
    expect([pool.tryTake(), pool.tryTake(), pool.tryTake(), pool.tryTake()]).toEqual([0, 1, 2, undefined]);
  });

  it('takes one more than are used at once when none of them comes back', () => {
    const pool = poolOf(3, 2);
    pool.take();
    pool.take();
    const began = performance.now();
    expect(pool.take()).toBe(2);
    expect(performance.now() - began).toBeGreaterThan(200);
    expect(pool.hasFree).toBe(false);
  });

  it('does not wait for one that is free already', () => {
    const pool = poolOf(3, 2);
    pool.take();
    pool.take();
    pool.release(0);
    expect(pool.take()).toBe(0);
  });

  it('gives nothing once it is stopped', () => {
    const pool = poolOf(2, 1);
    pool.take();
    pool.stop();
    expect(pool.take()).toBeUndefined();
  });
});
