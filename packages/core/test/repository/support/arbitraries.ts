import fc from 'fast-check';
import type { ByteName } from '../../../src/bytes.ts';
import type { Node } from '../../../src/repository/node.ts';
import type { PackedBlob } from '../../../src/repository/pack.ts';
import { timestampFromNs } from '../../../src/repository/timestamp.ts';

export const anyId = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex'));

const anyBytes = fc.uint8Array({ maxLength: 24 }).map((bytes) => Buffer.from(bytes).toString('latin1'));
const anyText = fc.string({ unit: 'binary', maxLength: 16 });
const textBytes = anyText.map((text) => Buffer.from(text, 'utf8').toString('latin1'));

/** Bytes of every kind: random, UTF-8, and what Go treats in a way of its own. */
export const anyByteString = fc.oneof(
  anyBytes,
  textBytes,
  fc
    .array(
      fc.constantFrom(
        '"',
        '\\',
        '<',
        '>',
        '&',
        "'",
        '\n',
        '\t',
        '\x07',
        '\x7f',
        '\xff',
        '\xc3',
        '\xe2\x80\xa8',
        '\xf0\x9f\x98\x80',
        'x41',
        'u0041',
        '%',
      ),
    )
    .map((parts) => parts.join('')),
) as fc.Arbitrary<ByteName>;

export const anyName = anyByteString
  .map((bytes) => bytes.replaceAll('/', '_').replaceAll('\0', '_') as ByteName)
  .filter((name) => name !== '' && name !== '.' && name !== '..');

const anyUint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const anyUint32 = fc.nat({ max: 2 ** 32 - 1 });
const anyTime = fc.bigInt({ min: -(10n ** 19n), max: 10n ** 19n }).map((ns) => timestampFromNs(ns, 'utc'));

const kindFields = {
  file: { content: fc.array(anyId, { maxLength: 3 }), size: fc.maxSafeNat() },
  dir: { subtree: anyId },
  symlink: { linkTarget: anyByteString.filter((target) => target !== '') },
  dev: { device: anyUint64.filter((value) => value > 0n) },
  fifo: {},
} as const;

const optional = {
  mode: anyUint32,
  user: anyText.map((text) => text.toWellFormed()),
  inode: anyUint64,
  deviceId: anyUint64,
  links: anyUint64,
  extendedAttributes: fc.array(
    fc.record({
      name: textBytes as fc.Arbitrary<ByteName>,
      value: fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
    }),
    { minLength: 1, maxLength: 2 },
  ),
  genericAttributes: fc.constantFrom('{"windows.file_attributes":32}', '{"windows.creation_time":"äöü"}'),
  error: anyText.map((text) => text.toWellFormed()),
};

const nodeOf = (type: keyof typeof kindFields): fc.Arbitrary<Node> =>
  fc
    .tuple(
      fc.record({
        name: anyName,
        type: fc.constant(type),
        mtime: anyTime,
        atime: anyTime,
        ctime: anyTime,
        uid: anyUint32,
        gid: anyUint32,
      }),
      fc.record(kindFields[type] as Record<string, fc.Arbitrary<unknown>>),
      fc.record(optional, { requiredKeys: [] }),
    )
    .map(([basic, kind, more]) => withoutZeros({ ...basic, ...kind, ...more } as Node));

/** What is zero is not written, and so it does not come back. */
const withoutZeros = (node: Node): Node =>
  Object.fromEntries(
    Object.entries(node).filter(
      ([field, value]) => field === 'uid' || field === 'gid' || !(value === 0 || value === 0n || value === ''),
    ),
  ) as unknown as Node;

export const anyNode = fc.oneof(...(Object.keys(kindFields) as (keyof typeof kindFields)[]).map(nodeOf));

/** In order, no name twice. */
export const anyTree = fc
  .uniqueArray(anyNode, { selector: (node) => node.name, maxLength: 12 })
  .map((nodes) => nodes.toSorted((a, b) => (a.name < b.name ? -1 : 1)));

/** Blobs as they stand one after another in a pack. */
export const anyPack = fc
  .array(
    fc.record(
      {
        id: anyId,
        type: fc.constantFrom('data' as const, 'tree' as const),
        length: fc.integer({ min: 32, max: 1_000_000 }),
        uncompressedLength: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
      },
      { requiredKeys: ['id', 'type', 'length'] },
    ),
    { maxLength: 20 },
  )
  .map((blobs): PackedBlob[] => {
    let offset = 0;
    return blobs.map((blob) => ({ ...blob, offset: (offset += blob.length) - blob.length }));
  });
