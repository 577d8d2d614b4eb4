import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entriesOfPacks, type IndexEntries } from '../../src/engine/index-entries.ts';
import { BlobScanner } from '../../src/engine/blob-scanner.ts';
import { scanIndexBy } from '../../src/engine/scan-index.ts';
import { decodeIndex, encodeIndex, type IndexPack } from '../../src/repository/index-file.ts';

const id = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex'));

const pack: fc.Arbitrary<IndexPack> = fc
  .record({
    id,
    blobs: fc.array(
      fc.record({
        id,
        type: fc.constantFrom('data' as const, 'tree' as const),
        length: fc.integer({ min: 32, max: 2 ** 28 }),
        plain: fc.option(fc.integer({ min: 1, max: 2 ** 32 - 1 })),
      }),
      { minLength: 1, maxLength: 12 },
    ),
  })
  .map(({ id: packId, blobs }) => {
    let offset = 0;
    const placed = blobs.map(({ plain, ...blob }) => {
      const at = { ...blob, offset, ...(plain === null ? {} : { uncompressedLength: plain }) };
      offset += blob.length;
      return at;
    });
    return { id: packId, blobs: placed };
  });

const hexOf = (name: string): string => createHash('sha256').update(name).digest('hex');

const bytesOf = (entries: IndexEntries | undefined): Buffer => {
  const { buffer, byteLength, byteOffset } = entries?.words ?? new Uint32Array();
  return Buffer.from(buffer, byteOffset, byteLength);
};

/** Blobs of lengths with two to six digits. */
const packOf = (number: number, count: number): IndexPack => {
  let offset = 0;
  const blobs = Array.from({ length: count }, (_, i) => {
    const length = 32 + ((number + i) % 7 === 0 ? 100_000 : i % 500);
    const type = i % 5 === 0 ? ('tree' as const) : ('data' as const);
    const blob = { id: hexOf(`${number}/${i}`), type, offset, length };
    offset += length;
    return i % 3 === 0 ? blob : { ...blob, uncompressedLength: i + 1 };
  });
  return { id: hexOf(`pack ${number}`), blobs };
};

const one = `{"packs":[{"id":"${'a'.repeat(64)}","blobs":[{"id":"${'b'.repeat(64)}","type":"data","offset":0,"length":100,"uncompressed_length":300}]}]}`;

const scannerOf = { 'by WebAssembly': (json: Uint8Array) => BlobScanner.create(json), 'without it': () => undefined };

describe.each(Object.entries(scannerOf))('an index file read byte by byte, %s', (_, create) => {
  const scanIndex = (json: Uint8Array): IndexEntries | undefined => scanIndexBy(create(json), json);

  it('holds what the same file holds by the rules of JSON', () => {
    fc.assert(
      fc.property(fc.array(pack, { minLength: 1, maxLength: 8 }), (packs) => {
        const json = encodeIndex(packs);
        const scanned = scanIndex(json);
        expect(scanned).toBeDefined();
        expect(scanned).toEqual(entriesOfPacks(decodeIndex(json).packs));
      }),
    );
  });

  it('holds the same where packs are larger than what is looked at at a time, and where many small ones are', () => {
    for (const [packs, blobs] of [
      [2, 12_000],
      [9000, 2],
    ] as const) {
      const json = encodeIndex(Array.from({ length: packs }, (__, i) => packOf(i, blobs)));
      expect(json.byteLength).toBeGreaterThan(2 * 1024 * 1024);
      const [scanned, expected] = [scanIndex(json), entriesOfPacks(decodeIndex(json).packs)];
      expect(scanned?.packs).toEqual(expected.packs);
      expect(bytesOf(scanned).equals(bytesOf(expected))).toBe(true);
      // Cut off, it is none.
      expect(scanIndex(json.subarray(0, -3))).toBeUndefined();
    }
  });

  it('takes nothing that is damaged for sound, and nothing for another thing than it is', () => {
    fc.assert(
      fc.property(fc.array(pack, { minLength: 1, maxLength: 3 }), fc.nat(), fc.nat({ max: 255 }), (packs, at, byte) => {
        const json = encodeIndex(packs);
        json[at % json.length] = byte;
        const scanned = scanIndex(json);
        expect(scanned).toEqual(scanned && entriesOfPacks(decodeIndex(json).packs));
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['an ending that is cut off', one.slice(0, -1)],
    ['no pack', '{"packs":[]}'],
    ['a pack without blobs', one.replace(/\[\{"id":"b.*\}\]\}\]/, '[]}]')],
    ['blanks', one.replace('"offset":0', '"offset": 0')],
    ['what it supersedes', one.replace('{"packs"', '{"supersedes":[],"packs"')],
    ['fields in another order', one.replace('"offset":0,"length":100', '"length":100,"offset":0')],
    ['a gap before a blob', one.replace('"offset":0', '"offset":1')],
    ['a blob too short', one.replace('"length":100', '"length":31')],
    ['a blob too long', one.replace('"length":100', '"length":4294967295')],
    ['a number with zeros before it', one.replace('"length":100', '"length":0100')],
    ['a number too large', one.replace('300', '4294967296')],
    ['an uncompressed length of nothing', one.replace('300', '0')],
    ['no number', one.replace('"length":100', '"length":')],
    ['upper case', one.replace('bb', 'BB')],
    ['an unknown type', one.replace('data', 'diff')],
    ['more behind it', `${one}\n\n`],
  ])('leaves %s to the decoder', (_, json) => {
    expect(scanIndex(Buffer.from(one))).toBeDefined();
    expect(scanIndex(Buffer.from(json))).toBeUndefined();
  });
});
