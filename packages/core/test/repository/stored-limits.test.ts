import { expect, it } from 'vitest';
import { ForwardingDestination } from '../../src/destination/forwarding.ts';
import { readThrough } from '../../src/repository/object-cache.ts';
import { MemoryDestination } from '../../src/testing/index.ts';

/** Gives a mebibyte after another, for ever. */
class Endless extends ForwardingDestination {
  given = 0;

  constructor() {
    super(new MemoryDestination());
  }

  override async *get(): AsyncIterable<Uint8Array> {
    const piece = new Uint8Array(2 ** 20);
    for (;;) {
      this.given += 1;
      yield piece;
    }
  }
}

it('an index or a snapshot that is larger than any is refused while it is read', async () => {
  const { signal } = new AbortController();
  for (const [kind, most] of [
    ['index', 128],
    ['snapshots', 16],
  ] as const) {
    const destination = new Endless();
    const read = readThrough({ destination, cache: undefined }, { kind, id: 'a'.repeat(64) }, signal);
    await expect(read).rejects.toMatchObject({ code: 'CORRUPT', message: expect.stringContaining('larger than') });
    expect(destination.given).toBe(most + 1);
  }
});
