import fc from 'fast-check';
import type { ByteName } from '../../../src/bytes.ts';
import type { Node } from '../../../src/repository/node.ts';
import type { DrawnEntry, Fate, Kind } from './made-folder.ts';

export const knownId = 'a1'.repeat(32);
export const unknownId = 'f2'.repeat(32);

const oddNames = [
  '"',
  '\\',
  'a"b\\c',
  '\n',
  '\x7f',
  '<',
  '&amp;',
  '\xe9',
  '\xff\xfe',
  '\xc3\xa9',
  ' ',
  '-',
  '...',
  '.a',
  '0',
];
const usualName = fc
  .oneof(fc.stringMatching(/^[a-c&]{1,4}$/), fc.stringMatching(/^file-[0-9]{1,3}$/))
  .map((text) => text as ByteName);
export const name: fc.Arbitrary<ByteName> = fc
  .oneof(
    { weight: 6, arbitrary: fc.stringMatching(/^[a-c.]{1,5}$/) },
    { weight: 2, arbitrary: fc.stringMatching(/^file-[0-9]{1,3}$/) },
    { weight: 1, arbitrary: fc.constantFrom('long'.repeat(63), 'longe'.repeat(51), 'l'.repeat(255)) },
    { weight: 1, arbitrary: fc.constantFrom(...oddNames) },
    {
      weight: 1,
      arbitrary: fc
        .array(fc.integer({ min: 1, max: 255 }), { minLength: 1, maxLength: 6 })
        .map((bytes) => String.fromCharCode(...bytes)),
    },
  )
  .filter((text) => text !== '.' && text !== '..' && !text.includes('/'))
  .map((text) => text as ByteName);

const kind: fc.Arbitrary<Kind> = fc.constantFrom(
  'file',
  'file',
  'file',
  'file',
  'empty',
  'dir',
  'dir',
  'symlink',
  'hard link',
  'fifo',
);
const rareFate: fc.Arbitrary<Fate> = fc.constantFrom(
  'new',
  'gone',
  'touched',
  'chmodded',
  'grown',
  'replaced',
  'became a folder',
  'given',
);

/** Entries in byte order, of which most stay as they are. One name with an escape is enough for the kernel to give up on a folder. */
export const entries = (changing: number): fc.Arbitrary<DrawnEntry[]> =>
  fc
    .uniqueArray(
      fc.record({
        name: changing === 0 ? name : usualName,
        kind,
        fate: fc.oneof(
          { weight: 10, arbitrary: fc.constant('stays' as const) },
          { weight: changing, arbitrary: rareFate },
        ),
        mode: fc.constantFrom(0o644, 0o600, 0o755, 0o4755, 0o2750, 0o1777, 0o7777, 0),
        ids: fc.array(fc.constantFrom(knownId, knownId, knownId, knownId, knownId, knownId, unknownId), {
          maxLength: 3,
        }),
        mtime: fc.constantFrom(1_796_000_000, 1_796_000_000.25, 0, -1, -86_400.5, 951_782_400, 2_000_000_000.125),
      }),
      { selector: ({ name }) => name, maxLength: 14 },
    )
    .map((drawn) => drawn.toSorted((a, b) => (a.name < b.name ? -1 : 1)));

const other = (time: string): fc.Arbitrary<string> =>
  fc.constantFrom(
    time.replace(/Z$/, '+00:00'),
    time.replace(/(Z|[+-]\d\d:\d\d)$/, '+01:00'),
    time.replace(
      /(\.\d+)?(Z|[+-])/,
      (_, fraction: string | undefined, zone: string) => `${(fraction ?? '.').padEnd(10, '0')}${zone}`,
    ),
    time.replace(/\.\d+/, ''),
    time.replace(/^\d{4}/, '9999'),
    time.replace(/^\d{4}/, '0000'),
    time.replace(/^\d{4}-\d\d-\d\d/, '2025-02-29'),
    time.replace(/T\d\d/, 'T24'),
  );

/** Another field, or another value of one: what this machine would not have written of such an entry. */
export const spoiltNode = (node: Node): fc.Arbitrary<Node> =>
  fc.oneof(
    fc
      .constantFrom<Partial<Node>>(
        { mode: undefined } as never,
        { mode: (node.mode ?? 0) ^ 0o10 },
        { uid: node.uid + 1 },
        { gid: 2 ** 32 - 1 },
        { user: 'ann "x" <é>' },
        { user: undefined } as never,
        { group: 'nobody knows' },
        { inode: (node.inode ?? 0n) + 1n },
        { inode: 2n ** 64n - 1n },
        { size: (node.size ?? 0) + 1 },
        { size: Number.MAX_SAFE_INTEGER },
        { links: 2n },
        { links: 18n },
        { links: undefined } as never,
        { deviceId: 5n },
        { device: 7n },
        { error: 'could not be read' },
        { extendedAttributes: [{ name: 'user.x' as ByteName, value: Buffer.from('y') }] },
        { genericAttributes: '{"a":["}"]}' },
        { subtree: knownId },
        { content: [unknownId] },
        { type: 'file', content: [] },
        { type: 'dir', subtree: knownId },
        { type: 'socket' },
      )
      .map((fields) => ({ ...node, ...fields })),
    other(node.mtime).map((mtime) => ({ ...node, mtime })),
    other(node.ctime).map((ctime) => ({ ...node, ctime })),
    other(node.atime).map((atime) => ({ ...node, atime })),
  );

/** The same tree, or one that is broken, in another text than ours. */
export const otherText = (json: string): fc.Arbitrary<string> =>
  fc.oneof(
    fc.constantFrom(
      json.trimEnd(),
      `${json}\n`,
      ` ${json}`,
      json.replace('"uid"', '"new_in_2030":true,"uid"'),
      json.replace('"content":', '"later":{"a":["]}",null,"\\""]},"content":'),
      json.replace('},{', '}, {'),
      json.replace('},{', '},'),
      json.replace('"name":"a', String.raw`"name":"\u0061`),
      json.replace('"type"', '"name":"zz","type"'),
      json.replace('"type":"file"', '"type":"file","type":"file"'),
      json.replace('"mode":', '"mode":0'),
      json.replace('"inode":', '"inode":00'),
      json.replace(/"size":\d+,/, ''),
      json.replace('"links":1', '"links":1.0'),
      json.replace('"nodes"', '"more":1,"nodes"'),
      json.replace('"nodes":[', '"nodes":null,"nodes":['),
      json.replace(knownId, knownId.toUpperCase()),
      json.replace(`"${knownId}"`, `"${knownId.slice(1)}"`),
    ),
    // Anything at all in place of a byte, also at the end.
    fc
      .tuple(fc.nat(json.length), fc.constantFrom('', '"', '}', ']', ',', '0', '\\', '\0', ' ', '{'), fc.nat(2))
      .map(([at, text, length]) => json.slice(0, at) + text + json.slice(at + length)),
  );
