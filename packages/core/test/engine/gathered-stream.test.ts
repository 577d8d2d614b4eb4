import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { seededInteger, seededRandom } from '@triplicate/core/testing';
import { gatherBytes, GatheredStream, sharedRoom } from '../../src/engine/gathered-stream.ts';
import type { Piece } from '../../src/engine/messages.ts';

describe('a gathered stream', () => {
  it('keeps what is under way as it is until the worker has answered', async () => {
    const random = seededRandom(20_261_129);
    const received: Buffer[] = [];
    let lasts = 0;
    const room = sharedRoom(0);
    const send = async ({ offset, length }: Piece, last: boolean): Promise<void> => {
      // Read as late as a busy worker does, while the next pieces come.
      for (let i = 0; i < 3; i++) await turn();
      received.push(Buffer.from(room.bytes.subarray(offset, offset + length)));
      if (last) lasts += 1;
    };
    const stream = new GatheredStream({ send, room });
    const pushed: Buffer[] = [];
    for (let total = 0; total < 5 * gatherBytes;) {
      const piece = Buffer.alloc(seededInteger(random, 1, 100_000), seededInteger(random, 0, 255));
      pushed.push(piece);
      total += piece.length;
      await stream.push(piece);
    }
    await stream.finish();
    expect(Buffer.concat(received).equals(Buffer.concat(pushed))).toBe(true);
    expect(lasts).toBe(1);
  });
});
