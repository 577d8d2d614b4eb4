import { BackupError } from './errors.ts';

/**
 * Bytes that can be read again from the start, so that a retry or another destination can begin over. The views that `open` yields may
 * stand on shared memory: a client that cannot take such a view copies it. They are valid until the next one is asked for.
 */
export interface Body {
  readonly size: number;
  open(): AsyncIterable<Uint8Array>;
}

/** A body over bytes that are in memory already; nothing is copied. */
export const bodyOf = (...parts: readonly Uint8Array[]): Body => ({
  size: parts.reduce((sum, part) => sum + part.byteLength, 0),
  async *open() {
    yield* parts;
  },
});

/** Everything that a stream yields, as one buffer. For small objects and tests. CORRUPT when it is more than `most` bytes. */
export const collect = async (
  bytes: AsyncIterable<Uint8Array>,
  most: number = Number.POSITIVE_INFINITY,
): Promise<Buffer> => {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of bytes) {
    size += part.byteLength;
    if (size > most) throw new BackupError('CORRUPT', `it is larger than the ${most} bytes that it may have`);
    parts.push(Buffer.from(part));
  }
  return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts);
};

/** Everything that a stream yields, in `room`, which it has to fill; CORRUPT otherwise. What stands there already is not copied. */
export const collectExactly = async <Room extends Uint8Array>(
  bytes: AsyncIterable<Uint8Array>,
  room: Room,
): Promise<Room> => {
  const size = room.byteLength;
  let at = 0;
  for await (const part of bytes) {
    if (at + part.byteLength > size) throw new BackupError('CORRUPT', `it has more than the expected ${size} bytes`);
    if (part.buffer !== room.buffer || part.byteOffset !== room.byteOffset + at) room.set(part, at);
    at += part.byteLength;
  }
  if (at !== size) throw new BackupError('CORRUPT', `it has ${at} bytes, and ${size} were expected`);
  return room;
};
