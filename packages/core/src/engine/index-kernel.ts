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
import { advance, at, byteOf, expect, id, number, refuseIf, skip } from '../transform/wasm/reading.ts';
import { sealedOverhead } from '../repository/crypto.ts';
import { compressedFlag, entryWords, lengthMask, lengthWord, offsetWord, treeFlag } from './blob-entry.ts';

// Reads the blobs of a pack as an index file lists them. JavaScript is as quick at it once it is compiled, and by then a usual index has been read.

/** Where the function leaves what it found, words of 32 bits but for the offset, which has 64. */
export const found = { entries: 0, compressed: 4, state: 8, offset: 16 } as const;
export const state = { ended: 0, goesOn: 1, wrong: 2 } as const;
/** More than one blob takes. This much behind the bytes has to be zero, or of the same file. */
export const longestBlob = 256;

/** Of the JSON at a time, where it stands, and where its entries go: of a hundred bytes each at least. */
export const window = { at: 65_536, bytes: 1024 * 1024, out: 19 * 65_536 } as const;
/** Of 64 KiB, for all of it; the memory has one in the beginning. */
export const pages = 19 + 7;

/** A number of 32 bits at `p` into `value`. */
const word = (locals: Locals): Code => [
  ...number(locals, 10),
  ...refuseIf(locals, i32.isZero(i64.lessThan(locals.get('value'), i64.bytes(2n ** 32n)))),
];

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
    ...word(locals),
    ...refuseIf(locals, i64.differ(get('value'), get('offset'))),
    ...skip(locals, ',"length":'),
    ...word(locals),
    ...set('length', get('value')),
    ...refuseIf(locals, i64.lessThan(get('length'), i64.const(sealedOverhead))),
    ...refuseIf(locals, i64.lessThan(i64.const(lengthMask), get('length'))),
    ...refuseIf(locals, i32.isZero(i64.lessThan(i64.add(get('offset'), get('length')), i64.bytes(2n ** 32n)))),
    ...block(
      branchIf(0, i32.differ(i32.loadByte(at(locals), 0), byteOf(','))),
      skip(locals, ',"uncompressed_length":'),
      word(locals),
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
