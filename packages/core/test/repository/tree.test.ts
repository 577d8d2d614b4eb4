import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytesFromText, type ByteName } from '../../src/bytes.ts';
import type { Node } from '../../src/repository/node.ts';
import { zeroTimestamp } from '../../src/repository/timestamp.ts';
import { decodeTree, encodeTree, treeLimits } from '../../src/repository/tree.ts';
import { anyTree } from './support/arbitraries.ts';
import { assert } from './support/assert.ts';

const id = 'ab'.repeat(32);
const time = '2026-11-29T04:29:56.5Z';
const file = (name: string, more: Partial<Node> = {}): Node => ({
  name: bytesFromText(name),
  type: 'file',
  mtime: time,
  atime: time,
  ctime: time,
  uid: 0,
  gid: 0,
  content: [],
  ...more,
});
const rawNode = (fields: string): Buffer => Buffer.from(`{"nodes":[{${fields}}]}`);
const basics = `"type":"file","content":[]`;

describe('a tree', () => {
  it('has the fields in the order of restic, zero values left out', () => {
    const nodes: Node[] = [
      {
        name: bytesFromText('a<"b'),
        type: 'file',
        mode: 0o644,
        mtime: time,
        atime: '2026-11-29T04:29:56+01:00',
        ctime: zeroTimestamp,
        uid: 1000,
        gid: 0,
        user: 'änna',
        group: '',
        inode: 2n ** 64n - 1n,
        deviceId: 0n,
        size: 5,
        links: 2n,
        extendedAttributes: [{ name: bytesFromText('user.x'), value: Buffer.from('v') }],
        genericAttributes: '{"windows.file_attributes":32}',
        content: [id],
        error: 'x & y',
      },
      {
        name: bytesFromText('b'),
        type: 'dir',
        mode: 2 ** 31 + 0o755,
        mtime: time,
        atime: time,
        ctime: time,
        uid: 0,
        gid: 0,
        subtree: id,
      },
      {
        name: bytesFromText('c'),
        type: 'symlink',
        mtime: time,
        atime: time,
        ctime: time,
        uid: 0,
        gid: 0,
        linkTarget: '\xff/x' as ByteName,
      },
      {
        name: bytesFromText('d'),
        type: 'chardev',
        mtime: time,
        atime: time,
        ctime: time,
        uid: 0,
        gid: 0,
        device: 1281n,
      },
    ];
    const times = `"mtime":"${time}","atime":"${time}","ctime":"${time}","uid":0,"gid":0`;
    const json =
      `{"nodes":[{"name":"a\\u003c\\\\\\"b","type":"file","mode":420,"mtime":"${time}","atime":"2026-11-29T04:29:56+01:00",` +
      `"ctime":"0001-01-01T00:00:00Z","uid":1000,"gid":0,"user":"änna","inode":18446744073709551615,"size":5,"links":2,` +
      `"extended_attributes":[{"name":"user.x","value":"dg=="}],"generic_attributes":{"windows.file_attributes":32},` +
      `"content":["${id}"],"error":"x \\u0026 y"},` +
      `{"name":"b","type":"dir","mode":2147484141,${times},"content":null,"subtree":"${id}"},` +
      `{"name":"c","type":"symlink",${times},"linktarget":"\\ufffd/x","linktarget_raw":"/y94","content":null},` +
      `{"name":"d","type":"chardev",${times},"device":1281,"content":null}]}\n`;
    expect(encodeTree(nodes).toString('utf8')).toBe(json);
    expect(encodeTree(decodeTree(Buffer.from(json)))).toEqual(Buffer.from(json));
  });

  it('without nodes is what restic writes for an empty folder', () => {
    expect(encodeTree([]).toString()).toBe('{"nodes":[]}\n');
    expect(decodeTree(Buffer.from('{"nodes":[]}'))).toEqual([]);
  });

  it('comes back as it was', () => {
    assert.holds(anyTree, (nodes) => expect(decodeTree(encodeTree(nodes))).toEqual(nodes), 500);
  });

  it('of more nodes than one batch comes back too', () => {
    const nodes = Array.from({ length: 1000 }, (_, i) =>
      file(`f${String(i).padStart(4, '0')}`, { inode: BigInt(i + 1) }),
    );
    expect(decodeTree(encodeTree(nodes))).toEqual(nodes);
  });

  it('is in the order of bytes, which is not that of UTF-16', async () => {
    const [astral, last] = ['\u{1f600}', '\uffee'];
    expect(decodeTree(encodeTree([file(last), file(astral)])).map(({ name }) => name)).toEqual([
      bytesFromText(last),
      bytesFromText(astral),
    ]);
    const error = await assert.fails(() => encodeTree([file(astral), file(last)]), 'CORRUPT');
    expect(error.message).toBe(`the tree has "${last}" after "${astral}"`);
  });
});

describe('writing a tree', () => {
  it.each([
    ['the same name twice', [file('a'), file('a')]],
    ['a file without content', [{ ...file('a'), content: undefined }]],
    ['a folder without a tree', [{ ...file('a'), type: 'dir' }]],
    ['a name with a slash', [file('a/b')]],
    ['an empty name', [file('')]],
    ['the name ..', [file('..')]],
  ])('refuses %s', async (_what, nodes) => {
    await assert.fails(() => encodeTree(nodes as Node[]), 'CORRUPT');
  });
});

describe('reading a tree', () => {
  it('brings nodes into order, whatever wrote them', () => {
    const json = `{"nodes":[{"name":"b",${basics}},{"name":"a",${basics}}]}`;
    expect(decodeTree(Buffer.from(json)).map(({ name }) => name)).toEqual(['a', 'b']);
  });

  it('passes over fields that it does not know, and takes null for absent', () => {
    const json = `{"v":1,"nodes":[{"name":"a","new":{"x":[1,"\\u007d"]},"user":null,"mtime":null,${basics}}],"w":[]}`;
    expect(decodeTree(Buffer.from(json))).toEqual([
      file('a', { mtime: zeroTimestamp, atime: zeroTimestamp, ctime: zeroTimestamp }),
    ]);
  });

  it('keeps generic attributes to the letter', () => {
    const raw = '{"z":1.50,"a":18446744073709551615,"ä":"\\u003c"}';
    const [node] = decodeTree(rawNode(`"name":"a","generic_attributes":${raw},${basics}`));
    expect(node?.genericAttributes).toBe(raw);
  });

  it.each(['a/b', '', '.', '..', 'a\\x00b', '\\x2e\\x2e', '\\u002e', 'a\\q'])(
    'refuses the name %j and says it',
    async (name) => {
      const error = await assert.fails(
        () => decodeTree(rawNode(`"name":${JSON.stringify(name)},${basics}`)),
        'CORRUPT',
      );
      expect(error.message).toContain('name');
    },
  );

  it('names what stands there twice', async () => {
    const json = `{"nodes":[{"name":"b",${basics}},{"name":"a",${basics}},{"name":"b",${basics}}]}`;
    expect((await assert.fails(() => decodeTree(Buffer.from(json)), 'CORRUPT')).message).toBe('the tree has "b" twice');
  });

  it.each([
    ['no tree', '[]'],
    ['null for nodes', '{"nodes":null}'],
    ['no nodes', '{}'],
    ['something behind it', '{"nodes":[]}x'],
    ['half a tree', '{"nodes":[{"name":"a"'],
  ])('refuses %s', async (_what, json) => {
    await assert.fails(() => decodeTree(Buffer.from(json)), 'CORRUPT');
  });

  it.each([
    ['no name', basics],
    ['no type', '"name":"a","content":[]'],
    ['an unknown type', '"name":"a","type":"irregular"'],
    ['a file without content', '"name":"a","type":"file"'],
    ['a file with null for content', '"name":"a","type":"file","content":null'],
    ['a folder without a tree', '"name":"a","type":"dir"'],
    ['a short id', '"name":"a","type":"file","content":["abcd"]'],
    ['a float for an inode', `"name":"a","inode":1.0,${basics}`],
    ['a negative size', `"name":"a","size":-1,${basics}`],
    ['a size beyond 2^53', `"name":"a","size":9007199254740992,${basics}`],
    ['a time that would break out of its quotes', `"name":"a","mtime":"2026-01-01T00:00:00Z\\",\\"x\\":\\"",${basics}`],
    ['a mode of 33 bits', `"name":"a","mode":4294967296,${basics}`],
    ['Base64 that is none', `"name":"a","extended_attributes":[{"name":"x","value":"*"}],${basics}`],
  ])('refuses a node with %s', async (_what, fields) => {
    await assert.fails(() => decodeTree(rawNode(fields)), 'CORRUPT');
  });

  it('keeps the limits that it is given', async () => {
    const json = encodeTree([file('a'), file('b')]);
    await assert.fails(() => decodeTree(json, { ...treeLimits, maxNodes: 1 }), 'CORRUPT');
    await assert.fails(() => decodeTree(json, { ...treeLimits, maxBytes: json.byteLength - 1 }), 'CORRUPT');
  });

  it('fails with nothing but CORRUPT when bytes are changed', () => {
    const json = encodeTree([file('a"ä', { content: [id], user: 'x' }), file('b', { linkTarget: '\xff' as ByteName })]);
    const damage = fc.array(fc.tuple(fc.nat({ max: json.byteLength - 1 }), fc.nat({ max: 255 })), {
      minLength: 1,
      maxLength: 4,
    });
    assert.holds(
      damage,
      (changes) => {
        const damaged = Buffer.from(json);
        for (const [at, byte] of changes) damaged[at] = byte;
        assert.survives(() => decodeTree(damaged));
      },
      3000,
    );
  });
});
