import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeIndex, encodeIndex } from '../../src/repository/index-file.ts';
import { anyId, anyPack } from './support/arbitraries.ts';
import { assert } from './support/assert.ts';

const pack = 'ab'.repeat(32);
const blob = 'cd'.repeat(32);
const withBlob = (fields: string): Buffer => Buffer.from(`{"packs":[{"id":"${pack}","blobs":[{${fields}}]}]}`);

describe('an index', () => {
  it('is written as restic writes it', () => {
    const packs = [
      {
        id: pack,
        blobs: [
          { id: blob, type: 'data', offset: 0, length: 38, uncompressedLength: 9 },
          { id: blob, type: 'tree', offset: 38, length: 150 },
        ],
      },
    ] as const;
    expect(encodeIndex(packs).toString()).toBe(
      `{"packs":[{"id":"${pack}","blobs":[{"id":"${blob}","type":"data","offset":0,"length":38,"uncompressed_length":9},` +
        `{"id":"${blob}","type":"tree","offset":38,"length":150}]}]}\n`,
    );
  });

  it('is never cut off where an id is longer than any', () => {
    const blobs = [{ id: 'a'.repeat(400), type: 'data', offset: 0, length: 37 }] as const;
    expect(() => encodeIndex([{ id: 'b'.repeat(64), blobs }])).toThrow('longer than any');
  });

  it('comes back as it was', () => {
    assert.holds(fc.array(fc.record({ id: anyId, blobs: anyPack })), (packs) => {
      expect(decodeIndex(encodeIndex(packs))).toEqual({ packs });
    });
  });

  it('lists the blobs of a pack in their order, in whatever order the file has them', () => {
    assert.holds(fc.tuple(anyId, anyPack), ([id, blobs]) => {
      expect(decodeIndex(encodeIndex([{ id, blobs: blobs.toReversed() }]))).toEqual({ packs: [{ id, blobs }] });
    });
  });

  it('passes over what others add, and knows what it replaces', () => {
    const json = `{"supersedes":["${blob}"],"packs_to_delete":[],"packs":[{"id":"${pack}","size":1,"time":null,"blobs":[]}]}`;
    expect(decodeIndex(Buffer.from(json))).toEqual({ packs: [{ id: pack, blobs: [] }], supersedes: [blob] });
    expect(decodeIndex(Buffer.from('{"packs":null}'))).toEqual({ packs: [] });
  });

  it.each([
    ['a blob without an id', `"type":"data","offset":0,"length":40`],
    ['an upper-case id', `"id":"${blob.toUpperCase()}","type":"data","offset":0,"length":40`],
    ['an unknown type', `"id":"${blob}","type":"file","offset":0,"length":40`],
    ['a negative offset', `"id":"${blob}","type":"data","offset":-1,"length":40`],
    ['a broken offset', `"id":"${blob}","type":"data","offset":0.5,"length":40`],
    ['a length below the seal', `"id":"${blob}","type":"data","offset":0,"length":31`],
    ['a length above 32 bits', `"id":"${blob}","type":"data","offset":0,"length":4294967296`],
    [
      'an impossible uncompressed length',
      `"id":"${blob}","type":"data","offset":0,"length":40,"uncompressed_length":"1"`,
    ],
    ['a gap at the start of the pack', `"id":"${blob}","type":"data","offset":7,"length":40`],
    [
      'a gap between blobs',
      `"id":"${blob}","type":"data","offset":0,"length":40},{"id":"${blob}","type":"data","offset":41,"length":40`,
    ],
    [
      'blobs that overlap',
      `"id":"${blob}","type":"data","offset":0,"length":40},{"id":"${blob}","type":"data","offset":39,"length":40`,
    ],
  ])('with %s is refused', async (_what, fields) => {
    await assert.fails(() => decodeIndex(withBlob(fields)), 'CORRUPT');
  });

  it.each([
    '',
    '[',
    '"x"',
    '[]',
    '1',
    '{"packs":1}',
    '{"packs":[1]}',
    '{"packs":[null]}',
    '{"packs":[],"supersedes":["x"]}',
    `{"packs":[{"id":"${pack}","blobs":[null]}]}`,
  ])('is not %j', async (json) => {
    await assert.fails(() => decodeIndex(Buffer.from(json)), 'CORRUPT');
  });

  it('fails with nothing but CORRUPT on any JSON', () => {
    assert.holds(fc.json(), (json) => assert.survives(() => decodeIndex(Buffer.from(json))));
  });
});
