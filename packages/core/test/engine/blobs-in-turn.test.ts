import { hash, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { BlobOpener } from '../../src/engine/blob-opener.ts';
import { type BlobInTurn, BlobsInTurn } from '../../src/engine/blobs-in-turn.ts';
import { PlainHashPair } from '../../src/posix/hash-pair.ts';
import { nativeHashPair } from '../../src/posix/native-hash-pair.ts';
import { newMasterKey, seal } from '../../src/repository/crypto.ts';
import { createZstd } from '../../src/transform/zstd.ts';

const key = newMasterKey();
const zstd = createZstd(3);
const sizes = [0, 70_000, 200_000, 1, 40_000, 40_000, 1_000_000, 16_384, 90_001, 90_001, 5];

const contentOf = (index: number): Buffer =>
  index % 3 === 1 ? Buffer.alloc(sizes[index] ?? 0, 'text ') : randomBytes(sizes[index] ?? 0);
const contents = sizes.map((_, index) => contentOf(index));
const blobOf = (content: Buffer, index: number): BlobInTurn => {
  const compressed = index % 3 === 1;
  return {
    id: hash('sha256', content),
    compressed,
    spent: false,
    sealed: seal(key, compressed ? zstd.encode(content) : content),
  };
};
const blobs = contents.map((content, index) => blobOf(content, index));

const turn = (list: readonly BlobInTurn[], native: ReturnType<typeof nativeHashPair>): BlobsInTurn => {
  const made = new BlobsInTurn(() => new BlobOpener(key, [zstd]), native);
  made.begin((index) => list[index]);
  return made;
};

describe.each([
  ['two at a time', nativeHashPair() ?? new PlainHashPair()],
  ['one by one', undefined],
])('blobs in turn, hashed %s', (_way, native) => {
  it('are what they were, in their order', () => {
    const opener = turn(blobs, native);
    for (const [index, content] of contents.entries()) expect(Buffer.compare(opener.open(index), content)).toBe(0);
  });

  it('may be left out, and asked for again', () => {
    const opener = turn(blobs, native);
    for (const index of [1, 4, 6, 6, 5, 8, 9, 2]) expect(hash('sha256', opener.open(index))).toBe(blobs[index]?.id);
  });

  it('fail when it is their turn, and no other does', () => {
    const damaged = blobs.map((blob, index) => {
      if (index === 2) return { ...blob, sealed: blob.sealed.with(100, (blob.sealed[100] ?? 0) ^ 1) };
      return index === 6 ? { ...blob, id: hash('sha256', 'another') } : blob;
    });
    const opener = turn(damaged, native);
    const outcome = (index: number): string => {
      try {
        return hash('sha256', opener.open(index));
      } catch (error) {
        return String(error);
      }
    };
    const outcomes = blobs.map((_, index) => outcome(index));
    expect(outcomes[2]).toContain('authentication code');
    expect(outcomes[6]).toContain('other bytes than its name says');
    const whole = [...blobs.keys()].filter((index) => index !== 2 && index !== 6);
    expect(whole.map((index) => outcomes[index])).toEqual(whole.map((index) => blobs[index]?.id));
    opener.begin((index) => blobs[index]);
    expect(hash('sha256', opener.open(6))).toBe(blobs[6]?.id);
  });

  it('take the place of what is sealed where that is spent, and not before its code was found right', () => {
    const spent = blobs.map((blob) => ({ ...blob, spent: true, sealed: Buffer.from(blob.sealed) }));
    const damaged = Buffer.from(spent[6]?.sealed.fill(0, 50, 60) ?? []);
    const opener = turn(spent, native);
    const whole = [...blobs.keys()].filter((index) => index !== 6);
    expect(() => opener.open(6)).toThrow('authentication code');
    expect(Buffer.compare(spent[6]?.sealed ?? Buffer.of(), damaged)).toBe(0);
    for (const index of whole) expect(Buffer.compare(opener.open(index), contents[index] ?? Buffer.of())).toBe(0);
    expect(hash('sha256', spent[2]?.sealed.subarray(16, -16) ?? '')).toBe(blobs[2]?.id);
  });

  it('end where the list does', () => {
    expect(() => turn(blobs, native).open(sizes.length)).toThrow(RangeError);
  });
});
