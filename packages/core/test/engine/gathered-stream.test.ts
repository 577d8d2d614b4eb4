import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { seededInteger, seededRandom } from '@triplicate/core/testing';
import { gatherBytes, GatheredStream, roomBytes, sharedRoom } from '../../src/engine/gathered-stream.ts';
import type { Piece } from '../../src/engine/messages.ts';

describe('a gathered stream', () => {
  it('keeps what is under way as it is until the worker has answered', async () => {
    const random = seededRandom(20_261_129);
    const received: Buffer[] = [];
    let lasts = 0;
    const room = sharedRoom(0);
    let turnOf: Promise<void> = Promise.resolve();
    let [underway, most] = [0, 0];
    const send = ({ offset, length }: Piece, last: boolean): Promise<void> => {
      underway += 1;
      most = Math.max(most, underway);
      turnOf = turnOf.then(async () => {
        // Read as late as a busy worker does, while the next pieces come.
        for (let i = 0; i < 3; i++) await turn();
        received.push(Buffer.from(room.bytes.subarray(offset, offset + length)));
        underway -= 1;
        if (last) lasts += 1;
      });
      return turnOf;
    };
    const stream = new GatheredStream({ send, room });
    const pushed: Buffer[] = [];
    for (let total = 0; total < 11 * gatherBytes;) {
      const piece = Buffer.alloc(seededInteger(random, 1, 700_000), seededInteger(random, 0, 255));
      pushed.push(piece);
      total += piece.length;
      await stream.push(piece);
    }
    await stream.finish();
    expect(Buffer.concat(received).equals(Buffer.concat(pushed))).toBe(true);
    expect(lasts).toBe(1);
    // The worker never waits for this thread between two pieces, and no part is filled before it was read.
    expect([most, underway]).toEqual([roomBytes / gatherBytes, 0]);
  });

  it('tells what the worker refused, at the latest when it ends', async () => {
    const send = (_piece: Piece, last: boolean): Promise<void> =>
      last ? Promise.resolve() : Promise.reject(new Error('refused'));
    const stream = new GatheredStream({ send, room: sharedRoom(0) });
    await stream.push(Buffer.alloc(gatherBytes + 1));
    await expect(stream.finish()).rejects.toThrow('refused');
    await stream.settled();
  });
});
