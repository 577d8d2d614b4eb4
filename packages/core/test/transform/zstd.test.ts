import { zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { looksCompressible } from '../../src/transform/compressible.ts';
import { createZstd } from '../../src/transform/zstd.ts';
import { seededBytes } from '../kit/seeded-bytes.ts';
import { assert } from '../repository/support/assert.ts';
import { mixedBytes } from './support/cutting.ts';

const mib = 1024 * 1024;
const codec = createZstd(3);
const orAsItIs = (blob: Uint8Array): Uint8Array | undefined => codec.encodeOrUndefined?.(blob);
const shared = (bytes: Uint8Array): Uint8Array => {
  const copy = new Uint8Array(new SharedArrayBuffer(bytes.length));
  copy.set(bytes);
  return copy;
};

describe('zstd', () => {
  it('gives back what it was given, at every level and from shared memory', () => {
    const blobs = fc.oneof(
      fc.uint8Array({ maxLength: 2000 }),
      fc.tuple(fc.nat(), fc.nat(300_000)).map(([seed, size]) => mixedBytes(seed, size)),
    );
    assert.holds(
      fc.tuple(blobs, fc.integer({ min: 1, max: 22 })),
      ([blob, level]) => {
        const frame = createZstd(Math.min(level, blob.length > 3000 ? 5 : 22)).encode(shared(blob));
        expect(Buffer.from(blob).equals(codec.decode(shared(frame), blob.length))).toBe(true);
      },
      60,
    );
  });

  it('compresses more at a higher level', () => {
    const blob = mixedBytes(1, 200_000);
    expect(createZstd(19).encode(blob).length).toBeLessThan(createZstd(1).encode(blob).length);
  });
});

describe('a frame from outside', () => {
  const blob = Buffer.from('the same, the same, the same, and the same again');
  const frame = Buffer.from(codec.encode(blob));

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['a few bytes', Buffer.from('zstd!')],
    ['a skippable frame', Buffer.from('502a4d1804000000aabbccdd', 'hex')],
    ['a header alone', frame.subarray(0, 6)],
    ['a frame cut short', frame.subarray(0, -1)],
    ['a frame with bytes behind it', Buffer.concat([frame, Buffer.from('x')])],
    ['two frames', Buffer.concat([frame, frame])],
    ['a frame that wants a window of gigabytes', Buffer.from('28b52ffd00ff010000', 'hex')],
    ['a frame for a dictionary', Buffer.from('28b52ffd21053001000000', 'hex')],
  ])('that is %s is corrupt', async (_, bytes) => {
    await assert.fails(() => codec.decode(bytes, 1000), 'CORRUPT');
  });

  it('that grows beyond the limit is refused by its header, before anything is unpacked', async () => {
    const bomb = codec.encode(new Uint8Array(32 * mib));
    expect(bomb.length).toBeLessThan(2000);
    const error = await assert.fails(() => codec.decode(bomb, 8 * mib), 'CORRUPT');
    expect(error.message).toBe('a compressed blob states 33554432 bytes, and at most 8388608 are allowed');
  });

  it('that states a smaller size than it has is stopped there', async () => {
    const liar = Buffer.from(zstdCompressSync(new Uint8Array(32 * mib), { pledgedSrcSize: 32 * mib }));
    expect(liar.readUInt32LE(6)).toBe(32 * mib);
    liar.writeUInt32LE(100, 6);
    await assert.fails(() => codec.decode(liar, 8 * mib), 'CORRUPT');
  });

  it('that states a greater size than it has is corrupt', async () => {
    const liar = Buffer.from(frame);
    expect(liar[5]).toBe(blob.length);
    liar[5] = blob.length + 1;
    await assert.fails(() => codec.decode(liar, 1000), 'CORRUPT');
  });

  it('that states no size is read up to the limit', async () => {
    // What `zstd` writes when it reads from a pipe: no size, and a run of 100 zeros as its only block.
    const sizeless = Buffer.from('28b52ffd0058230300 00'.replaceAll(' ', ''), 'hex');
    expect(codec.decode(sizeless, 100)).toEqual(Buffer.alloc(100));
    await assert.fails(() => codec.decode(sizeless, 99), 'CORRUPT');
  });

  it('never makes anything but a BackupError', () => {
    assert.holds(fc.tuple(fc.nat(frame.length - 1), fc.nat(255)), ([at, byte]) => {
      const bytes = Buffer.from(frame);
      bytes[at] = byte;
      assert.survives(() => codec.decode(bytes, 1000));
    });
  });
});

describe('what does not get smaller', () => {
  it.each([0, 1, 10, 1000, 70_000, mib])('stays as it is: %i random bytes', (size) => {
    expect(orAsItIs(shared(seededBytes(1, size)))).toBeUndefined();
  });

  it('is known without compressing it', () => {
    expect(looksCompressible(shared(seededBytes(1, mib)))).toBe(false);
    expect(looksCompressible(seededBytes(1, 65_536))).toBe(false);
    expect(looksCompressible(seededBytes(1, 65_535))).toBe(true);
  });

  it.each([
    ['words', Buffer.alloc(mib, 'a word and another word, ')],
    ['zeros', new Uint8Array(mib)],
    ['digits', Buffer.from(Buffer.from(seededBytes(2, mib / 2)).toString('hex'))],
    ['noise that repeats every 12000 bytes', Buffer.alloc(mib, seededBytes(3, 12_000))],
    ['few words', Buffer.alloc(1000, 'a word and another word, ')],
  ])('is not taken for it: %s', (_, blob) => {
    expect(orAsItIs(blob)?.length).toBeLessThan(blob.length * 0.6);
  });

  it('is also what compresses in one small place only, which is not looked for', () => {
    const blob = seededBytes(1, mib);
    blob.fill(0, 100_000, 115_000);
    expect(codec.encode(blob).length).toBeLessThan(mib - 14_000);
    expect(orAsItIs(blob)).toBeUndefined();
  });

  it('costs less than two per cent of the size where a blob is partly compressible', () => {
    let [sampled, whole] = [0, 0];
    for (let share = 1; share <= 64; share++) {
      const blob = seededBytes(share, mib);
      const start = (share * 14_983) % (mib - 16_384 * 4);
      blob.fill(65, start, start + 1024 * share);
      whole += Math.min(blob.length, codec.encode(blob).length);
      sampled += (orAsItIs(blob) ?? blob).length;
    }
    expect(sampled / whole).toBeLessThan(1.02);
  });
});
