import { once } from 'node:events';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, it, vi } from 'vitest';
import { PackPool } from '../../src/engine/pack-pool.ts';

const poolOf = (slots: number, first: number): PackPool => new PackPool(PackPool.memory(slots, 1024, first));

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

  it('has none for a worker beyond the first ones until it grows, and then one at a time', () => {
    const pool = poolOf(4, 2);
    pool.take();
    pool.take();
    expect([pool.hasFree, pool.canGrow]).toEqual([false, true]);
    pool.grow();
    expect([pool.hasFree, pool.canGrow]).toEqual([true, true]);
    expect(pool.take()).toBe(2);
    expect(pool.hasFree).toBe(false);
    pool.grow();
    pool.grow();
    expect(pool.canGrow).toBe(false);
    expect(pool.take()).toBe(3);
    expect(pool.hasFree).toBe(false);
  });

  it('grows by one for each worker that sleeps, and not beyond what there is', () => {
    const memory = PackPool.memory(4, 1024, 1);
    const pool = new PackPool(memory);
    pool.take();
    // As `take` counts two workers that sleep.
    new Int32Array(memory.control)[1] = 2;
    const takeFree = (): number | undefined => (pool.hasFree ? pool.take() : undefined);
    pool.grow();
    expect([takeFree(), takeFree(), takeFree(), pool.canGrow]).toEqual([1, 2, undefined, true]);
    pool.grow();
    expect([takeFree(), takeFree(), pool.canGrow]).toEqual([3, undefined, false]);
  });

  it('takes one that was used before where it may use one more', () => {
    const pool = poolOf(3, 2);
    pool.take();
    pool.take();
    pool.grow();
    pool.release(0);
    expect(pool.take()).toBe(0);
  });

  it('grows for a worker that sleeps', async () => {
    const memory = PackPool.memory(2, 1024, 1);
    const pool = new PackPool(memory);
    pool.take();
    const module = join(import.meta.dirname, '../../src/engine/pack-pool.ts');
    const code = `const { parentPort, workerData } = require('node:worker_threads');
      import(${JSON.stringify(module)}).then(({ PackPool }) => parentPort.postMessage(new PackPool(workerData).take()));`;
    const worker = new Worker(code, { eval: true, workerData: memory });
    const took = once(worker, 'message');
    await vi.waitFor(() => expect(pool.starved).toBe(true), 20_000);
    pool.grow();
    expect(await took).toEqual([1]);
    await worker.terminate();
  });

  it('gives nothing once it is stopped', () => {
    const pool = poolOf(2, 1);
    pool.take();
    pool.stop();
    expect(pool.take()).toBeUndefined();
  });
});
