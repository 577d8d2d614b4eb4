import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entriesOfPacks } from '../../src/engine/index-entries.ts';
import { scanIndex } from '../../src/engine/scan-index.ts';
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

const one = `{"packs":[{"id":"${'a'.repeat(64)}","blobs":[{"id":"${'b'.repeat(64)}","type":"data","offset":0,"length":100,"uncompressed_length":300}]}]}`;

describe('an index file read byte by byte', () => {
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
