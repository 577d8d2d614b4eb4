import { describe, expect, it } from 'vitest';
import { ForwardingDestination } from '../../src/destination/forwarding.ts';
import type { ObjectInfo, PutOptions } from '../../src/destination/destination.ts';
import type { Body } from '../../src/body.ts';
import { Lane } from '../../src/engine/lane.ts';
import type { Replica } from '../../src/repository/replica.ts';
import { MemoryDestination } from '../../src/testing/index.ts';

/** Answers no put until it is aborted. */
class Silent extends ForwardingDestination {
  open = 0;

  override put(_key: string, _body: Body, { signal }: PutOptions): Promise<ObjectInfo> {
    this.open += 1;
    return new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        this.open -= 1;
        reject(new Error('given up'));
      });
    });
  }
}

/** Takes the first piece of what is put, and then nothing. */
class Choking extends ForwardingDestination {
  readonly took = Promise.withResolvers<void>();

  override async put(_key: string, body: Body, { signal }: PutOptions): Promise<ObjectInfo> {
    const pieces = body.open()[Symbol.asyncIterator]();
    await pieces.next();
    await pieces.next();
    this.took.resolve();
    return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('given up'))));
  }
}

it('a lane counts nothing as stored of a pack that it gave up, and what it owes as still to come', async () => {
  const destination = new Choking(new MemoryDestination());
  const silent = (): void => undefined;
  const events = { stored: silent, failed: silent, changed: silent };
  const { signal } = new AbortController();
  const lane = new Lane({ name: 'c', mask: 4, destination } as unknown as Replica, events, { signal });
  const mib = 2 ** 20;
  lane.push({ pack: 0, key: 'data/0', bytes: Buffer.alloc(3 * mib), done: silent });
  await destination.took.promise;
  expect(lane.progress).toMatchObject({ bytesStored: mib, bytesWaiting: 2 * mib });
  lane.giveUp(() => true, 0);
  lane.bytesOwed = 3 * mib;
  await new Promise(setImmediate);
  expect(lane.progress).toMatchObject({ bytesStored: 0, bytesWaiting: 3 * mib });
  lane.caughtUp(2 * mib);
  expect(lane.progress).toMatchObject({ bytesStored: 2 * mib, bytesWaiting: mib });
  lane.end();
});

describe('a lane that lags', () => {
  it('holds one pack at a time until it has caught up', async () => {
    const destination = new Silent(new MemoryDestination({ capabilities: { maxConcurrency: 8 } }));
    const silent = (): void => undefined;
    const { signal } = new AbortController();
    const events = { stored: silent, failed: silent, changed: silent };
    const lane = new Lane({ name: 'c', mask: 4, destination } as unknown as Replica, events, { signal });
    let held = 0;
    const push = (count: number): void => {
      for (let pack = 0; pack < count; pack += 1) {
        held += 1;
        lane.push({ pack, key: `data/${pack}`, bytes: Buffer.alloc(10), done: () => void (held -= 1) });
      }
    };
    push(6);
    expect([destination.open, held]).toEqual([4, 6]);
    lane.isLagging = true;
    expect(lane.giveUp(() => true, 0)).toHaveLength(6);
    await new Promise(setImmediate);
    expect([destination.open, held]).toEqual([0, 0]);
    push(3);
    expect(destination.open).toBe(1);
    lane.end();
  });
});
