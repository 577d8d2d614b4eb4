import { expect, it } from 'vitest';
import { BlobOpener } from '../../src/engine/blob-opener.ts';
import type { Place } from '../../src/engine/blob-table.ts';
import { HeldTrees, type PackPiece } from '../../src/engine/held-trees.ts';
import { newMasterKey, seal } from '../../src/repository/crypto.ts';
import { objectId } from '../../src/repository/unpacked.ts';

const masterKey = newMasterKey();
const json = Buffer.from('{"nodes":[]}\n');
const id = objectId(json);
const sealed = seal(masterKey, json);

const trees = (...places: readonly Place[]): HeldTrees =>
  new HeldTrees({ places: () => [...places] }, new BlobOpener(masterKey, []));

const piece = (pack: number, start: number, bytes: Uint8Array): PackPiece => {
  const memory = new SharedArrayBuffer(bytes.byteLength);
  new Uint8Array(memory).set(bytes);
  return { pack, start, memory };
};

const place = { pack: 3, offset: 1000, length: sealed.byteLength, compressed: false };

it('gives a tree out of a piece of the pack that it stands in, and of no other', () => {
  const held = trees(place);
  expect(held.json(id)).toBeUndefined();
  held.add([piece(2, 1000, sealed), piece(3, 999, sealed), piece(3, 1000, sealed.subarray(1)), piece(3, 1001, sealed)]);
  expect(held.json(id), 'another pack, another place, or not whole').toBeUndefined();
  held.add([piece(3, 990, Buffer.concat([Buffer.alloc(10), sealed, Buffer.alloc(10)]))]);
  expect(Buffer.from(held.json(id) ?? []).toString()).toBe(json.toString());
});

it('gives none that is damaged or another, but one that is whole elsewhere', () => {
  const damaged = Buffer.from(sealed);
  damaged[20] = (damaged[20] ?? 0) ^ 1;
  const held = trees(place, { ...place, pack: 4 });
  held.add([piece(3, 1000, damaged)]);
  expect(held.json(id)).toBeUndefined();
  held.add([piece(4, 1000, sealed)]);
  expect(held.json(id)).toBeDefined();
  expect(held.json(objectId(Buffer.from('another'))), 'an id that lies').toBeUndefined();
});

it('lets the oldest pieces go when they take much', () => {
  const held = trees(place);
  held.add([piece(3, 1000, sealed)]);
  expect(held.json(id)).toBeDefined();
  held.add([{ pack: 9, start: 0, memory: new SharedArrayBuffer(24 * 1024 * 1024) }]);
  expect(held.json(id)).toBeUndefined();
});
