import { createHash, randomFillSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entryWords, offsetWord } from '../../src/engine/blob-entry.ts';
import { BlobTable, type Place } from '../../src/engine/blob-table.ts';
import { DynamicBlobs } from '../../src/engine/dynamic-blobs.ts';
import { idWordsFromHex } from '../../src/engine/ids.ts';
import { lengthWordOf } from '../../src/engine/index-entries.ts';
import { PackTable } from '../../src/engine/pack-table.ts';
import { SortedBlobsBuilder } from '../../src/engine/sorted-blobs.ts';

const idOf = (n: number): string => createHash('sha256').update(String(n)).digest('hex');

interface Listed {
  readonly id: string;
  readonly tree: boolean;
  readonly place: Place;
}

const entryOf = ({ id, tree, place: { offset, length, compressed } }: Listed): Uint32Array => {
  const words = new Uint32Array(entryWords);
  words.set(idWordsFromHex(id));
  words.set([offset, lengthWordOf(length, compressed, tree)], offsetWord);
  return words;
};

const tableOf = (listed: readonly Listed[], packs: readonly number[]): BlobTable => {
  const packMemory = PackTable.memory();
  const packTable = new PackTable(packMemory);
  for (const presence of packs) packTable.markPresent(packTable.allocate(0), presence);
  const builder = new SortedBlobsBuilder();
  for (const blob of listed) builder.add(entryOf(blob), blob.place.pack);
  return new BlobTable({
    sorted: builder.build(),
    dynamic: DynamicBlobs.memory(),
    packs: packMemory,
    control: BlobTable.control(),
  });
};

const byPack = (a: Place, b: Place): number => a.pack - b.pack || a.offset - b.offset;

describe('the blob table', () => {
  it('finds each of very many copies of one blob, in the order of their packs', () => {
    const packs = Array.from({ length: 3000 }, (_, pack) => pack);
    const listed = packs.toReversed().map((pack): Listed => {
      const place = { pack, offset: 7 * pack, length: 100 + pack, compressed: pack % 2 === 0 };
      return { id: idOf(1), tree: false, place };
    });
    const other = { id: idOf(2), tree: false, place: { pack: 0, offset: 9, length: 50, compressed: false } };
    const table = tableOf(
      [...listed, other],
      packs.map(() => 1),
    );
    expect(table.places(idWordsFromHex(idOf(1)), false)).toEqual(listed.toReversed().map(({ place }) => place));
    expect(table.places(idWordsFromHex(idOf(2)), false)).toEqual([other.place]);
  });

  it('gives every place of every blob back, whatever order they came in', () => {
    const blob = fc.record({
      n: fc.nat({ max: 400 }),
      tree: fc.boolean(),
      pack: fc.nat({ max: 30 }),
      offset: fc.nat({ max: 2 ** 31 }),
      length: fc.integer({ min: 32, max: 2 ** 29 }),
      compressed: fc.boolean(),
    });
    const seed = Date.now() % 2 ** 31;
    fc.assert(
      fc.property(fc.array(blob, { maxLength: 300 }), (blobs) => {
        const listed = blobs.map(({ n, tree, ...place }) => ({ id: idOf(n), tree, place }));
        const table = tableOf(
          listed,
          Array.from({ length: 31 }, () => 1),
        );
        for (const { n, tree } of blobs) {
          const expected = listed
            .filter((other) => other.id === idOf(n) && other.tree === tree)
            .map(({ place }) => place);
          const found = table.places(idWordsFromHex(idOf(n)), tree);
          expect(found.toSorted(byPack)).toEqual(expected.toSorted(byPack));
        }
        expect(table.places(idWordsFromHex(idOf(10_000)), false)).toEqual([]);
      }),
      { seed, numRuns: 60 },
    );
  });

  it('tells a file from a folder list of the same bytes', () => {
    const place = { pack: 0, offset: 0, length: 100, compressed: false };
    const table = tableOf([{ id: idOf(1), tree: true, place }], [1]);
    expect(table.places(idWordsFromHex(idOf(1)), false)).toEqual([]);
    expect(table.places(idWordsFromHex(idOf(1)), true)).toEqual([place]);
  });

  it('finds what was added through all of its growth', () => {
    const table = tableOf([], [1]);
    for (let n = 0; n < 60_000; n += 1) {
      table.add(idWordsFromHex(idOf(n)), false, { pack: 0, offset: n, length: 100, compressed: n % 2 === 0 });
    }
    expect(table.count).toBe(60_000);
    const wrong = Array.from({ length: 60_000 }, (_, n) => n).filter(
      (n) => table.places(idWordsFromHex(idOf(n)), false)[0]?.offset !== n,
    );
    expect(wrong).toEqual([]);
  });

  it('asks only for replicas that lack a blob, and notes what a sibling can give', () => {
    const place = { pack: 0, offset: 0, length: 100, compressed: false };
    const table = tableOf([{ id: idOf(1), tree: false, place }], [0b001]);
    const id = idWordsFromHex(idOf(1));
    table.setMasks(0b011, 0);
    expect(table.neededBy(id, false)).toBe(0b010);
    table.setMasks(0b011, 0b001);
    expect(table.neededBy(id, false)).toBe(0);
    expect(table.packs.owed(0)).toBe(0b010);
    table.setMasks(0b001, 0);
    expect(table.neededBy(id, false)).toBe(0);
    table.setMasks(0b100, 0b100);
    expect(table.neededBy(id, false)).toBe(0b100);
  });

  it.each([
    [[0b001, 0b100], 0],
    [[0b100, 0b001], 1],
  ])('owes what a sibling has from its pack, and not from one that others may not catch up from', (presence, pack) => {
    const places = presence.map((_, i) => ({ pack: i, offset: i, length: 100, compressed: false }));
    const table = tableOf(
      places.map((place) => ({ id: idOf(1), tree: false, place })),
      presence,
    );
    table.setMasks(0b111, 0b011);
    expect(table.lostTo(idWordsFromHex(idOf(1)), false)).toBe(0);
    expect([table.packs.owed(pack), table.packs.owed(1 - pack)]).toEqual([0b010, 0]);
  });

  it('gives a new blob to one claimer alone, and its place once it is settled', () => {
    const table = tableOf([], []);
    table.setMasks(1, 1);
    const id = idWordsFromHex(idOf(7));
    expect(table.neededBy(id, false)).toBe(1);
    expect(table.claim(id, false)).toBe(true);
    expect(table.claim(id, false)).toBe(false);
    expect(table.neededBy(id, false)).toBe(0);
    expect(table.places(id, false)).toEqual([]);
    const pack = table.packs.allocate(1);
    table.settle(id, false, { pack, offset: 5, length: 77, compressed: true });
    expect(table.places(id, false)).toEqual([{ pack, offset: 5, length: 77, compressed: true }]);
  });

  it('seals a blob again only for the replicas that a dead sibling leaves without it', () => {
    const place = { pack: 0, offset: 0, length: 100, compressed: false };
    const table = tableOf([{ id: idOf(1), tree: false, place }], [0b001]);
    const id = idWordsFromHex(idOf(1));
    table.setMasks(0b110, 0b110);
    expect(table.neededBy(id, false)).toBe(0b110);
    expect(table.claim(id, false)).toBe(true);
    const pack = table.packs.allocate(0b110);
    table.settle(id, false, { pack, offset: 0, length: 100, compressed: false });
    expect(table.neededBy(id, false)).toBe(0);
    table.setMasks(0b111, 0b111);
    expect(table.neededBy(id, false)).toBe(0);
    expect(table.places(id, false)).toHaveLength(2);
  });
});

describe('memory of the index', () => {
  it('is at most 48 bytes a blob, while it is made as well as afterwards', () => {
    const blobs = 100_000;
    const builder = new SortedBlobsBuilder();
    for (let pack = 0; pack < blobs / 100; pack += 1) {
      builder.add(randomFillSync(new Uint32Array(100 * entryWords)), pack);
    }
    const { entries, count } = builder.build();
    expect(count).toBe(blobs);
    expect(entries.byteLength / blobs).toBeLessThan(48);
  });
});
