import {
  block,
  branchIf,
  type Code,
  either,
  type FunctionSource,
  giveBack,
  i32,
  i64,
  type Locals,
  loop,
  when,
} from '../../transform/wasm/assembler.ts';
import { advance, byteOf, id, number, refuseIf, skip } from '../../transform/wasm/reading.ts';
import { callOf } from './functions.ts';
import { idsEndAt, kind, minuteSlots, ownerAt, record, timeFound } from './layout.ts';

// One node of a tree. Plain are files and folders that may be the same, byte for byte as we write them.

const byteIs = ({ get }: Locals, character: string): Code => i32.equal(i32.loadByte(get('p'), 0), byteOf(character));
const isWrong = ({ get }: Locals): Code => i32.isZero(i64.isZero(get('wrong')));

/** `rest(p, end)`: gives the address behind the object that `p` is in; 0 when it does not end. */
export const rest: FunctionSource = {
  name: 'rest',
  parameters: { p: 'i32', end: 'i32' },
  locals: { depth: 'i32', byte: 'i32' },
  result: 'i32',
  body: (locals) => {
    const { get, set } = locals;
    const next = [...set('byte', i32.loadByte(get('p'), 0)), ...advance(locals, 1)];
    const isByte = (character: string): Code => i32.equal(get('byte'), byteOf(character));
    const endOfString = loop(
      next,
      when(isByte('\\'), advance(locals, 1)),
      when(i32.lessThan(get('end'), get('p')), giveBack(i32.const(0))),
      branchIf(0, i32.isZero(isByte('"'))),
    );
    return [
      set('depth', i32.const(1)),
      loop(
        next,
        when(i32.lessThan(get('end'), get('p')), giveBack(i32.const(0))),
        when(isByte('"'), endOfString),
        set('depth', i32.add(get('depth'), i32.or(isByte('{'), isByte('[')))),
        set('depth', i32.subtract(get('depth'), i32.or(isByte('}'), isByte(']')))),
        branchIf(0, get('depth')),
      ),
      get('p'),
    ];
  },
};

/** `same(p, text, end)`: gives the address behind the text, if it stands at `p`; 0 otherwise. */
export const same: FunctionSource = {
  name: 'same',
  parameters: { p: 'i32', text: 'i32', end: 'i32' },
  locals: {},
  result: 'i32',
  body: (locals) => {
    const { get, set } = locals;
    return [
      loop(
        when(i32.differ(i32.loadByte(get('p'), 0), i32.loadByte(get('text'), 0)), giveBack(i32.const(0))),
        advance(locals, 1),
        set('text', i32.add(get('text'), i32.const(1))),
        branchIf(0, i32.lessThan(get('text'), get('end'))),
      ),
      get('p'),
    ];
  },
};

/** `contents(p, record)`: the ids of a list, from behind its bracket on; gives the address behind it, 0 when it is none. */
export const contents: FunctionSource = {
  name: 'contents',
  parameters: { p: 'i32', record: 'i32' },
  locals: { out: 'i32', count: 'i32', digit: 'i32', high: 'i32', low: 'i32', wrong: 'i64' },
  result: 'i32',
  body: (locals) => {
    const { get, set } = locals;
    const quote = [...refuseIf(locals, i32.isZero(byteIs(locals, '"'))), ...advance(locals, 1)];
    return [
      set('out', i32.load(i32.const(idsEndAt), 0)),
      i32.store(get('record'), record.ids, get('out')),
      block(
        branchIf(0, byteIs(locals, ']')),
        loop(
          quote,
          id(locals),
          quote,
          when(isWrong(locals), giveBack(i32.const(0))),
          set('out', i32.add(get('out'), i32.const(32))),
          set('count', i32.add(get('count'), i32.const(1))),
          branchIf(1, i32.isZero(byteIs(locals, ','))),
          advance(locals, 1),
          branchIf(0, i32.const(1)),
        ),
      ),
      when(i32.isZero(byteIs(locals, ']')), giveBack(i32.const(0))),
      i32.store(get('record'), record.idCount, get('count')),
      i32.store(i32.const(idsEndAt), 0, get('out')),
      i32.add(get('p'), i32.const(1)),
    ];
  },
};

/** Goes on behind what another function reads at `p`, which gives 0 when that is not as it should be. */
const goOn = (locals: Locals, next: Code): Code => [
  ...locals.set('p', next),
  ...when(i32.isZero(locals.get('p')), giveBack(i32.const(0))),
];

/** A time at `p` into the record. */
const timeInto = (locals: Locals, slot: number, [seconds, nanoseconds]: readonly [number, number]): Code => {
  const found = (offset: number): Code => i32.const(offset);
  const { get } = locals;
  return [
    ...goOn(locals, callOf('time', get('p'), i32.const(slot))),
    ...i64.store(get('record'), seconds, i64.load(found(timeFound.seconds), 0)),
    ...i32.store(get('record'), nanoseconds, i32.load(found(timeFound.nanoseconds), 0)),
  ];
};

/** A number at `p`, which is left out where it is 0. */
const positive = (locals: Locals, most: number): Code => [
  ...number(locals, most),
  ...refuseIf(locals, i64.isZero(locals.get('value'))),
];

const fileEnd = (locals: Locals): Code => {
  const { get } = locals;
  const size = Buffer.from(',"si', 'latin1').readInt32LE(0);
  return [
    ...i64.store(get('record'), record.size, i64.const(0)),
    ...when(
      i32.equal(i32.load(get('p'), 0), i32.const(size)),
      skip(locals, ',"size":'),
      positive(locals, 15),
      i64.store(get('record'), record.size, get('value')),
    ),
    ...skip(locals, ',"links":1,"content":['),
    ...when(isWrong(locals), giveBack(i32.const(0))),
    ...goOn(locals, callOf('contents', get('p'), get('record'))),
  ];
};

/** The id of a folder's tree is read into the room of the next id of a file. */
const folderEnd = (locals: Locals): Code => {
  const { get, set } = locals;
  return [
    ...skip(locals, ',"content":null,"subtree":"'),
    ...i32.store(get('record'), record.ids, get('p')),
    ...set('out', i32.load(i32.const(idsEndAt), 0)),
    ...id(locals),
    ...refuseIf(locals, i32.isZero(byteIs(locals, '"'))),
    ...advance(locals, 1),
  ];
};

/** `plain(p, record, ownerEnd)`: a node from behind its name on; gives the address behind it, 0 when it is not plain. */
export const plain: FunctionSource = {
  name: 'plain',
  parameters: { p: 'i32', record: 'i32', ownerEnd: 'i32' },
  locals: {
    isFile: 'i32',
    first: 'i32',
    digit: 'i32',
    high: 'i32',
    low: 'i32',
    out: 'i32',
    value: 'i64',
    wrong: 'i64',
  },
  result: 'i32',
  body: (locals) => {
    const { get, set } = locals;
    const file = Buffer.from('file', 'latin1').readInt32LE(0);
    const kindOf = (of: number): Code => i32.store(get('record'), record.kind, i32.const(of));
    return [
      skip(locals, ',"type":"'),
      set('isFile', i32.equal(i32.load(get('p'), 0), i32.const(file))),
      either(
        get('isFile'),
        [...skip(locals, 'file","mode":'), ...kindOf(kind.file)],
        [...skip(locals, 'dir","mode":'), ...kindOf(kind.folder)],
      ),
      positive(locals, 10),
      refuseIf(locals, i32.isZero(i64.lessThan(get('value'), i64.bytes(2n ** 32n)))),
      i32.store(get('record'), record.mode, i32.wrap(get('value'))),
      skip(locals, ',"mtime":"'),
      timeInto(locals, minuteSlots.modified, [record.mtime, record.mtimeNs]),
      skip(locals, '","atime":"'),
      goOn(locals, callOf('time', get('p'), i32.const(minuteSlots.modified))),
      skip(locals, '","ctime":"'),
      timeInto(locals, minuteSlots.changed, [record.ctime, record.ctimeNs]),
      goOn(locals, callOf('same', get('p'), i32.const(ownerAt), get('ownerEnd'))),
      skip(locals, ',"inode":'),
      positive(locals, 18),
      i64.store(get('record'), record.inode, get('value')),
      either(get('isFile'), fileEnd(locals), folderEnd(locals)),
      refuseIf(locals, i32.isZero(byteIs(locals, '}'))),
      when(isWrong(locals), giveBack(i32.const(0))),
      i32.add(get('p'), i32.const(1)),
    ];
  },
};
