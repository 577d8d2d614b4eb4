import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newMasterKey, seal } from '../../src/repository/crypto.ts';
import {
  decodeHeader,
  encodeHeader,
  headerSizeOf,
  type PackedBlob,
  packSizeOf,
  tailLengthOf,
} from '../../src/repository/pack.ts';
import { anyPack } from './support/arbitraries.ts';
import { assert } from './support/assert.ts';

const key = newMasterKey();
const id = 'ab'.repeat(32);
const blobs: readonly PackedBlob[] = [
  { id, type: 'data', offset: 0, length: 100 },
  { id: 'cd'.repeat(32), type: 'tree', offset: 100, length: 40, uncompressedLength: 300 },
];

/** The end of a pack with this plain header, correctly sealed. */
const tailOf = (header: Buffer): Buffer => {
  const sealed = seal(key, header);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(sealed.byteLength);
  return Buffer.concat([sealed, length]);
};

describe('a pack header', () => {
  it('comes back as it was, from exactly enough bytes or more', () => {
    assert.holds(anyPack, (pack) => {
      const tail = encodeHeader(key, pack);
      const size = packSizeOf(pack);
      expect(tail.byteLength).toBe(headerSizeOf(pack));
      expect(tailLengthOf(size, tail.subarray(-4))).toBe(tail.byteLength);
      expect(decodeHeader(key, size, tail)).toEqual(pack);
      const before = Buffer.alloc(Math.min(50, size - tail.byteLength), 1);
      expect(decodeHeader(key, size, Buffer.concat([before, tail]))).toEqual(pack);
    });
  });

  it('has 37 bytes for a plain blob and 41 for a compressed one', () => {
    expect(headerSizeOf(blobs)).toBe(32 + 37 + 41 + 4);
    expect(packSizeOf(blobs)).toBe(140 + 32 + 37 + 41 + 4);
  });

  it('is not written for blobs with a gap between them', async () => {
    await assert.fails(() => encodeHeader(key, [{ id, type: 'data', offset: 1, length: 100 }]), 'CORRUPT');
  });

  it('is refused when the pack has another size', async () => {
    const tail = encodeHeader(key, blobs);
    await assert.fails(() => decodeHeader(key, packSizeOf(blobs) + 1, tail), 'CORRUPT');
    await assert.fails(() => decodeHeader(key, packSizeOf(blobs) - 1, tail), 'CORRUPT');
  });

  it('asks for more bytes when it is longer than what was read', async () => {
    const tail = encodeHeader(key, blobs);
    expect(tailLengthOf(packSizeOf(blobs), tail.subarray(-20))).toBe(tail.byteLength);
    await assert.fails(() => decodeHeader(key, packSizeOf(blobs), tail.subarray(-20)), 'CORRUPT');
  });

  it.each([
    ['an unknown type', Buffer.concat([Buffer.of(4, 40, 0, 0, 0, 9, 0, 0, 0), Buffer.alloc(32, 1)])],
    ['half a blob', Buffer.concat([Buffer.of(0, 40, 0, 0, 0), Buffer.alloc(31, 1)])],
    ['a blob shorter than its seal', Buffer.concat([Buffer.of(0, 31, 0, 0, 0), Buffer.alloc(32, 1)])],
    ['a compressed blob of nothing', Buffer.concat([Buffer.of(2, 40, 0, 0, 0, 0, 0, 0, 0), Buffer.alloc(32, 1)])],
  ])('with %s is refused, though all sizes fit', async (_what, header) => {
    const tail = tailOf(header);
    await assert.fails(() => decodeHeader(key, tail.byteLength + header.readUInt32LE(1), tail), 'CORRUPT');
  });

  it.each([0, 31, 17 * 1024 * 1024, 2 ** 32 - 1])('that is said to have %i bytes is refused', async (length) => {
    const tail = Buffer.alloc(64);
    tail.writeUInt32LE(length, 60);
    await assert.fails(() => tailLengthOf(64 * 1024 * 1024, tail), 'CORRUPT');
  });

  it('fails with nothing but CORRUPT on any bytes', () => {
    assert.holds(fc.tuple(fc.uint8Array({ maxLength: 80 }), fc.nat({ max: 200 })), ([tail, size]) =>
      assert.survives(() => decodeHeader(key, size, tail)),
    );
    const tail = encodeHeader(key, blobs);
    for (let i = 0; i < 200; i += 1) {
      const damaged = Buffer.from(tail);
      randomBytes(2).copy(damaged, i % (tail.byteLength - 2));
      assert.survives(() => decodeHeader(key, packSizeOf(blobs), damaged));
    }
  });
});
