import { describe, expect, it } from 'vitest';
import { seededInteger, seededRandom } from '@triplicate/core/testing';
import { ByteQueue } from '../src/wire/byte-queue.ts';

describe('a byte queue', () => {
  it('gives what was added in order, however it is cut, in a few blocks of memory', () => {
    const random = seededRandom(20_261_130);
    const queue = new ByteQueue();
    const memories = new Set<ArrayBufferLike>();
    const expectNext = (got: Buffer | undefined, at: number): void =>
      expect(got?.findIndex((byte, i) => byte !== (at + i) % 251)).toBe(-1);
    let [added, taken] = [0, 0];
    for (let turn = 0; turn < 3000; turn += 1) {
      if (added - taken < 800_000) {
        const piece = Buffer.from(
          Array.from({ length: seededInteger(random, 0, 16_384) }, (_, i) => (added + i) % 251),
        );
        queue.add(piece);
        added += piece.length;
        // It is copied.
        piece.fill(255);
      }
      for (let cuts = seededInteger(random, 0, 3); cuts > 0 && queue.size > 0; cuts -= 1) {
        const max = seededInteger(random, 1, 40_000);
        const whole = seededInteger(random, 0, 1) === 1;
        const got = whole ? queue.takeWhole(Math.min(max, queue.size)) : queue.take(max);
        expectNext(got, taken);
        if (got && !whole) memories.add(got.buffer);
        taken += got?.length ?? 0;
      }
      expect(queue.size).toBe(added - taken);
    }
    expect(queue.takeWhole(queue.size + 1)).toBeUndefined();
    expect(memories.size).toBeLessThan(6);
  });

  it('leaves what it gave as it is while more arrives', () => {
    const queue = new ByteQueue();
    queue.add(Buffer.alloc(100_000, 'a'));
    const given = queue.take(100_000);
    queue.add(Buffer.alloc(1_000_000, 'b'));
    expect(given?.equals(Buffer.alloc(100_000, 'a'))).toBe(true);
    expect(queue.take(1)?.toString()).toBe('b');
  });
});
