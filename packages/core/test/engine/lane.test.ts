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
