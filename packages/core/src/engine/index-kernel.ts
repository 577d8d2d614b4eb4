import {
  assemble,
  block,
  branchIf,
  type Code,
  type FunctionSource,
  giveBack,
  i32,
  i64,
  type Locals,
  loop,
} from '../transform/wasm/assembler.ts';
import { sealedOverhead } from '../repository/crypto.ts';
import { compressedFlag, entryWords, lengthMask, lengthWord, offsetWord, treeFlag } from './blob-entry.ts';

// Reads the blobs of a pack as an index file lists them. JavaScript is as quick at it once it is compiled, and by then a usual index has been read.

const idBytes = 32;

/** Where the function leaves what it found, words of 32 bits but for the offset, which has 64. */
export const found = { entries: 0, compressed: 4, state: 8, offset: 16 } as const;
export const state = { ended: 0, goesOn: 1, wrong: 2 } as const;
/** Where the value of each hexadecimal digit stands, and 0xff for all else. */
export const digitsAt = 1024;
/** More than one blob takes. This much behind the bytes has to be zero, or of the same file. */
export const longestBlob = 256;

/** Of the JSON at a time, where it stands, and where its entries go: of a hundred bytes each at least. */
export const window = { at: 65_536, bytes: 1024 * 1024, out: 19 * 65_536 } as const;
/** Of 64 KiB, for all of it; the memory has one in the beginning. */
export const pages = 19 + 7;

const at = ({ get }: Locals): Code => get('p');
const advance = ({ get, set }: Locals, by: number): Code => set('p', i32.add(get('p'), i32.const(by)));
const byteOf = (character: string): Code => i32.const(character.charCodeAt(0));

/** Notes, as something other than 0, that this is not as it should be. */
const refuse = ({ get, set }: Locals, wrong: Code): Code => set('wrong', i64.or(get('wrong'), wrong));
const refuseIf = (locals: Locals, wrong: Code): Code => refuse(locals, i64.extend(wrong));

/** Notes whether another text stands at `p` + `offset`: of four characters at least, looked at eight or four at a time, some of them twice. */
const expect = (locals: Locals, text: string, offset = 0): Code => {
  const bytes = Buffer.from(text, 'latin1');
  const size = bytes.byteLength < 8 ? 4 : 8;
  const starts = Array.from({ length: Math.ceil(bytes.byteLength / size) }, (_, i) =>
    Math.min(i * size, bytes.byteLength - size),
  );
  return starts.flatMap((start) => {
    const there = size === 8 ? i64.load(at(locals), offset + start) : i64.extend(i32.load(at(locals), offset + start));
    const meant = size === 8 ? bytes.readBigInt64LE(start) : BigInt(bytes.readUInt32LE(start));
    return refuse(locals, i64.xor(there, i64.bytes(meant)));
  });
};

const skip = (locals: Locals, text: string): Code => [...expect(locals, text), ...advance(locals, text.length)];

/** The digits at `p` into `value`: one at least, no leading zero, and less than 2^32. */
const number = (locals: Locals): Code => {
  const { get, set } = locals;
  const digit = i32.add(i32.loadByte(at(locals), 0), i32.const(-0x30));
  const count = i32.add(at(locals), i32.mul(get('first'), i32.const(-1)));
  return [
    ...set('first', at(locals)),
    ...set('value', i64.const(0)),
    ...block(
      loop(
        set('digit', digit),
        branchIf(1, i32.isZero(i32.lessThan(get('digit'), i32.const(10)))),
        set('value', i64.add(i64.mul(get('value'), i64.const(10)), i64.extend(get('digit')))),
        advance(locals, 1),
        branchIf(0, i32.const(1)),
      ),
    ),
    ...refuseIf(locals, i32.isZero(count)),
    ...refuseIf(locals, i32.isZero(i32.lessThan(count, i32.const(11)))),
    ...refuseIf(
      locals,
      i32.and(i32.equal(i32.loadByte(get('first'), 0), byteOf('0')), i32.differ(count, i32.const(1))),
    ),
    ...refuseIf(locals, i32.isZero(i64.lessThan(get('value'), i64.bytes(2n ** 32n)))),
  ];
};

/** 64 hexadecimal digits at `p` into the entry. */
const id = (locals: Locals): Code => {
  const { get, set } = locals;
  const value = (offset: number): Code => i32.loadByte(i32.loadByte(at(locals), offset), digitsAt);
  const bytes = Array.from({ length: idBytes }, (_, i) => [
    ...set('high', value(2 * i)),
    ...set('low', value(2 * i + 1)),
    ...set('digit', i32.or(get('digit'), i32.or(get('high'), get('low')))),
    ...i32.storeByte(get('out'), i, i32.or(i32.shl(get('high'), i32.const(4)), get('low'))),
  ]);
  const isWrong = i32.isZero(i32.lessThan(get('digit'), i32.const(16)));
  return [
    ...set('digit', i32.const(0)),
    ...bytes.flat(),
    ...refuseIf(locals, isWrong),
    ...advance(locals, 2 * idBytes),
  ];
};

const blob = (locals: Locals): Code => {
  const { get, set } = locals;
  const type = (name: string): Code =>
    i32.equal(i32.load(at(locals), 10), i32.const(Buffer.from(name, 'latin1').readInt32LE(0)));
  const flag = (value: number): Code => set('flags', i32.or(get('flags'), i32.const(value | 0)));
  return [
    ...set('wrong', i64.const(0)),
    ...set('flags', i32.const(0)),
    ...skip(locals, '{"id":"'),
    ...id(locals),
    ...expect(locals, '","type":"'),
    ...expect(locals, '","offset":', 14),
    ...refuseIf(locals, i32.isZero(i32.or(type('data'), type('tree')))),
    ...block(branchIf(0, type('data')), flag(treeFlag)),
    ...advance(locals, 25),
    ...number(locals),
    ...refuseIf(locals, i64.differ(get('value'), get('offset'))),
    ...skip(locals, ',"length":'),
    ...number(locals),
    ...set('length', get('value')),
    ...refuseIf(locals, i64.lessThan(get('length'), i64.const(sealedOverhead))),
    ...refuseIf(locals, i64.lessThan(i64.const(lengthMask), get('length'))),
    ...refuseIf(locals, i32.isZero(i64.lessThan(i64.add(get('offset'), get('length')), i64.bytes(2n ** 32n)))),
    ...block(
      branchIf(0, i32.differ(i32.loadByte(at(locals), 0), byteOf(','))),
      skip(locals, ',"uncompressed_length":'),
      number(locals),
      refuseIf(locals, i64.isZero(get('value'))),
      flag(compressedFlag),
      set('compressed', i32.add(get('compressed'), i32.const(1))),
    ),
    ...refuseIf(locals, i32.differ(i32.loadByte(at(locals), 0), byteOf('}'))),
    ...advance(locals, 1),
  ];
};

/** Leaves what was found, and ends with the address behind it. */
const leave = ({ get }: Locals, how: number): Code => [
  ...i32.store(i32.const(0), found.entries, get('entries')),
  ...i32.store(i32.const(0), found.compressed, get('compressed')),
  ...i32.store(i32.const(0), found.state, i32.const(how)),
  ...i64.store(i32.const(0), found.offset, get('offset')),
  ...giveBack(get('p')),
];

/**
 * `blobs(p, stop, out, offset)`: from the blob at `p`, which stands at `offset` of its pack, until the list ends, something is not as it should be, or
 * the next one begins behind `stop`. Entries go to `out`.
 */
const blobs: FunctionSource = {
  name: 'blobs',
  parameters: { p: 'i32', stop: 'i32', out: 'i32', offset: 'i64' },
  locals: {
    entries: 'i32',
    compressed: 'i32',
    flags: 'i32',
    first: 'i32',
    digit: 'i32',
    high: 'i32',
    low: 'i32',
    wrong: 'i64',
    value: 'i64',
    length: 'i64',
  },
  result: 'i32',
  body: (locals) => {
    const { get, set } = locals;
    return [
      block(
        loop(
          blob(locals),
          branchIf(1, i32.isZero(i64.isZero(get('wrong')))),
          i32.store(get('out'), offsetWord * 4, i32.wrap(get('offset'))),
          i32.store(get('out'), lengthWord * 4, i32.or(i32.wrap(get('length')), get('flags'))),
          set('out', i32.add(get('out'), i32.const(entryWords * 4))),
          set('entries', i32.add(get('entries'), i32.const(1))),
          set('offset', i64.add(get('offset'), get('length'))),
          block(branchIf(0, i32.equal(i32.loadByte(get('p'), 0), byteOf(','))), leave(locals, state.ended)),
          advance(locals, 1),
          branchIf(0, i32.lessThan(get('p'), get('stop'))),
          leave(locals, state.goesOn),
        ),
      ),
      leave(locals, state.wrong),
      get('p'),
    ];
  },
};

export const assembleIndexScan = (): Uint8Array<ArrayBuffer> => assemble({ least: 1 }, [blobs]);
