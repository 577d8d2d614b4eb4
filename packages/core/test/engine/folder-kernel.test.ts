import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ByteName } from '../../src/bytes.ts';
import { assembleFolderScan } from '../../src/engine/folder-kernel.ts';
import {
  isWrittenAt,
  jsonAt,
  kind,
  minuteSlots,
  ownAt,
  ownerAt,
  padding,
  pages,
  record,
  recordBytes,
  recordsAt,
  settledAt,
  statAt,
  statx,
  timeFound,
} from '../../src/engine/folder-kernel/layout.ts';
import { goMode } from '../../src/repository/mode.ts';
import { ownerJson } from '../../src/repository/node-encode.ts';
import type { Node } from '../../src/repository/node.ts';
import { encodeTree } from '../../src/repository/tree.ts';
import { setDigits } from '../../src/transform/wasm/digits.ts';
import { isTimestamp, nsFromTimestamp } from '../../src/repository/timestamp.ts';
import { instantiate } from '../../src/transform/wasm/webassembly.ts';
import { assert } from '../repository/support/assert.ts';
import { knownId, name } from './support/drawn-tree.ts';

interface Functions {
  tree(p: number, end: number, record: number, stop: number, ownerEnd: number): number;
  judge(record: number, stat: number): number;
  time(p: number, slot: number): number;
  compare(a: number, b: number): number;
  sort(names: number, end: number, spare: number): number;
}

const made = instantiate(assembleFolderScan);
made?.memory.grow(pages - 1);
if (made !== undefined) setDigits(made.memory);
const memory = Buffer.from(made?.memory.buffer ?? new ArrayBuffer(65_536));
const functions = made?.exports as Functions;
const textAt = 4096;

const put = (text: string, at = textAt): void => {
  memory[at + memory.write(text, at, 'latin1')] = 0;
};

/** As the kernel reads it, where it reads all of it. */
const nsByKernel = (text: string): bigint | undefined => {
  put(text);
  if (functions.time(textAt, minuteSlots.modified) !== textAt + text.length) return undefined;
  const seconds = memory.readBigInt64LE(timeFound.seconds);
  return seconds * 1_000_000_000n + BigInt(memory.readUInt32LE(timeFound.nanoseconds));
};

const nsOrNone = (text: string): bigint | undefined => {
  try {
    return isTimestamp(text) ? nsFromTimestamp(text) : undefined;
  } catch {
    return undefined;
  }
};

const number = (max: number, digits: number): fc.Arbitrary<string> =>
  fc.nat(max).map((value) => String(value).padStart(digits, '0'));
const zone = fc.oneof(
  fc.constant('Z'),
  fc
    .tuple(fc.constantFrom('+', '-'), number(25, 2), number(61, 2))
    .map(([sign, hour, minute]) => `${sign}${hour}:${minute}`),
);
const fraction = fc.oneof(fc.constant(''), fc.stringMatching(/^\.[0-9]{1,10}$/), fc.constant('.'));
const time = fc
  .tuple(number(9999, 4), number(13, 2), number(32, 2), number(24, 2), number(60, 2), number(60, 2), fraction, zone)
  .map(([y, mo, d, h, mi, s, f, z]) => `${y}-${mo}-${d}T${h}:${mi}:${s}${f}${z}`);
const oneChanged = fc
  .tuple(time, fc.nat(40), fc.constantFrom('', '/', ':', '0', 'Z', 'z', '+', '-', '.', ' '), fc.nat(1))
  .map(([text, at, other, length]) => text.slice(0, at) + other + text.slice(at + length));

describe.skipIf(made === undefined)('the kernel that compares folders', () => {
  it('reads times as they are read elsewhere, and no others', () => {
    assert.holds(
      fc.oneof(time, oneChanged),
      (text) => expect([text, nsByKernel(text)]).toEqual([text, nsOrNone(text)]),
      5_000,
    );
  });

  it('does so for each day of the years that have one more or less', () => {
    for (const year of [0, 1, 1600, 1900, 1969, 1970, 2000, 2024, 2026, 2100, 9999])
      for (let month = 0; month < 14; month += 1)
        for (let day = 0; day < 33; day += 1) {
          const [y, m, d] = [
            String(year).padStart(4, '0'),
            String(month).padStart(2, '0'),
            String(day).padStart(2, '0'),
          ];
          const text = `${y}-${m}-${d}T23:59:60Z`.replace('60', day % 2 === 0 ? '59' : '00');
          expect([text, nsByKernel(text)]).toEqual([text, nsOrNone(text)]);
        }
  });

  /** `judge` of a node and what `statx` tells of an entry, which is the same but for what is given. */
  const isSame = (node: Partial<Node>, other: Partial<Record<keyof typeof usual, bigint>> = {}): boolean => {
    const stat = { ...usual, ...other };
    const whole = { ...file, ...node };
    const json = encodeTree([whole]);
    memory.fill(0, recordsAt, recordsAt + recordBytes);
    memory.set(json, jsonAt);
    memory.fill(0, jsonAt + json.length, jsonAt + json.length + padding);
    put(`",${ownerJson(file)}`, ownerAt);
    const stop = recordsAt + 2 * recordBytes;
    const ownerEnd = ownerAt + 2 + ownerJson(file).length;
    expect(functions.tree(jsonAt, jsonAt + json.length, recordsAt, stop, ownerEnd)).toBe(recordsAt + recordBytes);
    expect(memory.readUInt32LE(recordsAt + record.kind)).toBe(whole.type === 'dir' ? kind.folder : kind.file);
    memory.writeBigInt64LE(1_800_000_000n, settledAt);
    memory.writeBigUInt64LE((7n << 32n) | 5n, ownAt + statx.owner);
    memory.writeBigUInt64LE((8n << 32n) | 9n, ownAt + statx.device);
    for (const [field, value] of Object.entries(stat) as [keyof typeof usual, bigint][]) {
      const at = statAt + statx[field];
      if (field === 'mode') memory.writeUInt16LE(Number(value), at);
      else if (/^(mask|links|mtimeNs|ctimeNs)$/.test(field)) memory.writeUInt32LE(Number(value), at);
      else memory.writeBigInt64LE(value, at);
    }
    return functions.judge(recordsAt, statAt) !== 0;
  };
  const file: Node = {
    name: 'name' as ByteName,
    type: 'file',
    mode: 0o644,
    mtime: '2026-11-29T04:29:56.25Z',
    atime: '2026-11-29T04:29:56.25Z',
    ctime: '2026-11-29T05:30:00.000000001+01:00',
    uid: 5,
    gid: 7,
    user: 'ann',
    inode: 2n ** 40n + 3n,
    size: 2 ** 33 + 5,
    links: 1n,
    content: [knownId],
  };
  const usual = {
    mask: 0x17ffn,
    links: 1n,
    owner: (7n << 32n) | 5n,
    mode: 0o100644n,
    inode: 2n ** 40n + 3n,
    size: 2n ** 33n + 5n,
    ctime: nsFromTimestamp('2026-11-29T04:30:00Z') / 1_000_000_000n,
    ctimeNs: 1n,
    mtime: nsFromTimestamp('2026-11-29T04:29:56Z') / 1_000_000_000n,
    mtimeNs: 250_000_000n,
    device: (8n << 32n) | 9n,
  };

  it('takes an entry for the same only where all of it is', () => {
    expect(isSame({})).toBe(true);
    for (const [field, value] of Object.entries(usual) as [keyof typeof usual, bigint][]) {
      const bits =
        field === 'mask' ? [0, 1, 2, 3, 4, 6, 7, 8, 9] : field === 'mode' ? [0, 8, 9, 11, 13, 14] : [0, 1, 5];
      if (!/^(mask|mode|links|.timeNs)$/.test(field)) bits.push(31, 32, 62);
      for (const bit of bits)
        expect(isSame({}, { [field]: value ^ (1n << BigInt(bit)) }), `${field} ${bit}`).toBe(false);
    }
  });

  it('does so only where it was changed before the snapshot, and after 1970', () => {
    const ctime = (text: string): boolean =>
      isSame({ ctime: text }, { ctime: nsFromTimestamp(text) / 1_000_000_000n, ctimeNs: 0n });
    expect(ctime('2027-01-15T07:59:59Z')).toBe(true);
    expect(ctime('2027-01-15T08:00:00Z')).toBe(false);
    expect(ctime('1969-12-31T23:59:59Z')).toBe(false);
  });

  it('knows each mode of a file and of a folder', () => {
    for (let mode = 0; mode < 0o10000; mode += 1) {
      const asFile = { mode: goMode('file', mode) };
      // A node has no mode 0.
      const isFile = mode === 0 || isSame(asFile, { mode: BigInt(0o100000 | mode) });
      expect(isFile).toBe(true);
      const folder = { type: 'dir', mode: goMode('dir', mode), subtree: knownId } as const;
      const none = { size: undefined, links: undefined, content: undefined } as unknown as Partial<Node>;
      expect(isSame({ ...folder, ...none }, { mode: BigInt(0o040000 | mode), links: 9n })).toBe(true);
      const other = mode ^ (1 << (mode % 12));
      const isOther = mode > 0 && isSame(asFile, { mode: BigInt(0o100000 | other) });
      expect(isOther).toBe(false);
    }
  });

  /** What it makes of a tree: the kind of each node, and where it ends; whether all of it is as we would write it. */
  const read = (json: string): { nodes: (readonly [number, number])[]; isWritten: boolean } | undefined => {
    put(json + '\0'.repeat(padding), jsonAt);
    put(`",${ownerJson(file)}`, ownerAt);
    const ownerEnd = ownerAt + 2 + ownerJson(file).length;
    const end = functions.tree(jsonAt, jsonAt + json.length, recordsAt, recordsAt + 4 * recordBytes, ownerEnd);
    if (end === 0) return undefined;
    const nodes = Array.from({ length: (end - recordsAt) / recordBytes }, (_, i) => {
      const at = recordsAt + i * recordBytes;
      return [memory.readUInt32LE(at + record.kind), memory.readUInt32LE(at + record.to) - jsonAt] as const;
    });
    return { nodes, isWritten: memory.readUInt32LE(isWrittenAt) === 1 };
  };

  it('reads trees that are set as we set them, and gives up on others', () => {
    const json = encodeTree([file, { ...file, name: 'other' as ByteName }]).toString('latin1');
    const first = json.indexOf('},{') + 1;
    const second = json.lastIndexOf('}', json.length - 3) + 1;
    const plainNodes = [
      [kind.file, first],
      [kind.file, second],
    ];
    expect(read(json)).toEqual({ nodes: plainNodes, isWritten: true });
    expect(read(json.trimEnd())).toEqual({ nodes: plainNodes, isWritten: true });
    for (const end of [' ', '\n', '}', 'x']) expect(read(json + end)).toBeUndefined();
    for (const name of ['', '.', '..', 'a/b', 'a\\b', 'a\n', 'other', 'others'])
      expect([name, read(json.replace('"name"', `"${name}"`).replace(`"${name}":"name"`, `"name":"${name}"`))]).toEqual(
        [name, undefined],
      );
    for (const name of ['a<', 'a>', 'a&', 'a\x7f', 'a\xff'])
      expect(read(json.replace('"name":"name"', `"name":"${name}"`))?.isWritten).toBe(false);
    const more = String.raw`"x":["\\","\"}]",{"y":"]"}],`;
    for (const text of [more, '"inode":0,', '"size":0,', '"mode":1,']) {
      const spoilt =
        text === more
          ? json.replace('"uid"', `${text}"uid"`)
          : json.replace(new RegExp(`${text.slice(0, -2)}\\d+,`), text.replace('1', '0'));
      const by = spoilt.length - json.length;
      const nodes = [
        [kind.other, first + by],
        [kind.file, second + by],
      ];
      expect(read(spoilt)).toEqual({ nodes, isWritten: false });
    }
  });

  it('has names in byte order', () => {
    const [namesAt, spareAt, textsAt] = [8192, 12_288, 16_384];
    assert.holds(fc.array(name, { maxLength: 60 }), (drawn) => {
      let next = textsAt;
      const places = new Map<number, ByteName>();
      for (const [i, each] of drawn.entries()) {
        put(each, next);
        places.set(next, each);
        memory.writeUInt32LE(next, namesAt + i * 4);
        next += each.length + 1;
      }
      const at = functions.sort(namesAt, namesAt + drawn.length * 4, spareAt);
      const sorted = drawn.map((_, i) => places.get(memory.readUInt32LE(at + i * 4)));
      expect(sorted).toEqual(drawn.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0)));
    });
  });
});
