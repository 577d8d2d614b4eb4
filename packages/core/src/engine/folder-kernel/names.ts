import {
  block,
  branchIf,
  type Code,
  type FunctionSource,
  giveBack,
  i32,
  i64,
  either,
  loop,
  when,
} from '../../transform/wasm/assembler.ts';
import { callOf } from './functions.ts';
import { listed, record, recordBytes, rowBytes } from './layout.ts';

const always = i32.const(1);
const wordBytes = 4;

/** `compare(a, b)`: names in byte order; below 0, 0 or above it. */
export const compare: FunctionSource = {
  name: 'compare',
  parameters: { a: 'i32', b: 'i32' },
  locals: { x: 'i32', y: 'i32' },
  result: 'i32',
  body: ({ get, set }) => [
    loop(
      set('x', i32.loadByte(get('a'), 0)),
      set('y', i32.loadByte(get('b'), 0)),
      when(i32.differ(get('x'), get('y')), giveBack(i32.subtract(get('x'), get('y')))),
      set('a', i32.add(get('a'), i32.const(1))),
      set('b', i32.add(get('b'), i32.const(1))),
      branchIf(0, get('x')),
    ),
    i32.const(0),
  ],
};

/** `list(p, end, out, stop)`: the addresses of the names that a folder's list has, but for `.` and `..`, to `out`; gives their end, or 0 when it is none or they do not fit. */
export const list: FunctionSource = {
  name: 'list',
  parameters: { p: 'i32', end: 'i32', out: 'i32', stop: 'i32' },
  locals: { length: 'i32', start: 'i32' },
  result: 'i32',
  body: ({ get, set }) => {
    const dot = 0x2e;
    const dots = [dot, dot | (dot << 8)].map((text) =>
      i32.equal(i32.and(get('start'), i32.const(text > 0xff ? 0xffffff : 0xffff)), i32.const(text)),
    ) as [Code, Code];
    return [
      block(
        loop(
          branchIf(1, i32.isZero(i32.lessThan(get('p'), get('end')))),
          set('length', i32.load16(get('p'), listed.length)),
          when(i32.lessThan(get('length'), i32.const(listed.name + 1)), giveBack(i32.const(0))),
          when(i32.isZero(i32.lessThan(get('out'), get('stop'))), giveBack(i32.const(0))),
          set('start', i32.load(get('p'), listed.name)),
          when(
            i32.isZero(i32.or(...dots)),
            i32.store(get('out'), 0, i32.add(get('p'), i32.const(listed.name))),
            set('out', i32.add(get('out'), i32.const(wordBytes))),
          ),
          set('p', i32.add(get('p'), get('length'))),
          branchIf(0, always),
        ),
      ),
      get('out'),
    ];
  },
};

/** `merge(left, middle, stop, to)`: two runs of names in order that stand one behind the other, as one. */
export const merge: FunctionSource = {
  name: 'merge',
  parameters: { left: 'i32', middle: 'i32', stop: 'i32', to: 'i32' },
  locals: { right: 'i32' },
  body: ({ get, set }) => {
    const take = (from: string): Code => [
      ...i32.store(get('to'), 0, i32.load(get(from), 0)),
      ...set(from, i32.add(get(from), i32.const(wordBytes))),
      ...set('to', i32.add(get('to'), i32.const(wordBytes))),
    ];
    const isLess = callOf('compare', i32.load(get('right'), 0), i32.load(get('left'), 0));
    return [
      set('right', get('middle')),
      block(
        loop(
          branchIf(1, i32.isZero(i32.lessThan(get('left'), get('middle')))),
          branchIf(1, i32.isZero(i32.lessThan(get('right'), get('stop')))),
          either(isNegative(isLess), take('right'), take('left')),
          branchIf(0, always),
        ),
      ),
      block(loop(branchIf(1, i32.isZero(i32.lessThan(get('left'), get('middle')))), take('left'), branchIf(0, always))),
      block(loop(branchIf(1, i32.isZero(i32.lessThan(get('right'), get('stop')))), take('right'), branchIf(0, always))),
    ];
  },
};

const isNegative = (value: Code): Code => i32.shr(value, i32.const(31));

/** `sort(names, end, spare)`: in byte order; gives where they stand then, there or in the room at `spare`. */
export const sort: FunctionSource = {
  name: 'sort',
  parameters: { names: 'i32', end: 'i32', spare: 'i32' },
  locals: { bytes: 'i32', width: 'i32', i: 'i32', middle: 'i32', stop: 'i32', other: 'i32' },
  result: 'i32',
  body: ({ get, set }) => {
    const within = (name: string, value: Code): Code => [
      ...set(name, value),
      ...when(i32.lessThan(get('bytes'), get(name)), set(name, get('bytes'))),
    ];
    const inNames = (offset: string): Code => i32.add(get('names'), get(offset));
    return [
      set('bytes', i32.subtract(get('end'), get('names'))),
      set('width', i32.const(wordBytes)),
      block(
        loop(
          branchIf(1, i32.isZero(i32.lessThan(get('width'), get('bytes')))),
          set('i', i32.const(0)),
          loop(
            within('middle', i32.add(get('i'), get('width'))),
            within('stop', i32.add(get('middle'), get('width'))),
            callOf('merge', inNames('i'), inNames('middle'), inNames('stop'), i32.add(get('spare'), get('i'))),
            set('i', get('stop')),
            branchIf(0, i32.lessThan(get('i'), get('bytes'))),
          ),
          set('other', get('names')),
          set('names', get('spare')),
          set('spare', get('other')),
          set('width', i32.shl(get('width'), i32.const(1))),
          branchIf(0, always),
        ),
      ),
      get('names'),
    ];
  },
};

/** `find(name, names, end)`: whether it is one of those, in whatever order they stand. */
export const find: FunctionSource = {
  name: 'find',
  parameters: { name: 'i32', names: 'i32', end: 'i32' },
  locals: {},
  result: 'i32',
  body: ({ get, set }) => [
    block(
      loop(
        branchIf(1, i32.isZero(i32.lessThan(get('names'), get('end')))),
        when(i32.isZero(callOf('compare', get('name'), i32.load(get('names'), 0))), giveBack(i32.const(1))),
        set('names', i32.add(get('names'), i32.const(wordBytes))),
        branchIf(0, always),
      ),
    ),
    i32.const(0),
  ],
};

/** `match(names, end, records, last, rows)`: both in byte order, as one list: what has the same name stands in one row. Gives the end of the rows. */
export const match: FunctionSource = {
  name: 'match',
  parameters: { names: 'i32', end: 'i32', records: 'i32', last: 'i32', rows: 'i32' },
  locals: { order: 'i32' },
  result: 'i32',
  body: ({ get, set }) => {
    const hasName = i32.lessThan(get('names'), get('end'));
    const hasRecord = i32.lessThan(get('records'), get('last'));
    const row = (column: number, value: Code): Code => i32.store(get('rows'), column * wordBytes, value);
    return [
      block(
        loop(
          branchIf(1, i32.isZero(i32.or(hasName, hasRecord))),
          set('order', i32.subtract(hasRecord, hasName)),
          when(
            i32.and(hasName, hasRecord),
            set('order', callOf('compare', i32.load(get('names'), 0), i32.load(get('records'), record.name))),
          ),
          i64.store(get('rows'), 0, i64.const(0)),
          when(
            isNegative(i32.add(get('order'), i32.const(-1))),
            row(0, i32.load(get('names'), 0)),
            set('names', i32.add(get('names'), i32.const(wordBytes))),
          ),
          when(
            i32.isZero(isNegative(get('order'))),
            row(1, get('records')),
            set('records', i32.add(get('records'), i32.const(recordBytes))),
          ),
          set('rows', i32.add(get('rows'), i32.const(rowBytes))),
          branchIf(0, always),
        ),
      ),
      get('rows'),
    ];
  },
};
