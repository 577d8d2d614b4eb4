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
import { advance, byteOf, refuseIf } from '../../transform/wasm/reading.ts';
import { callOf } from './functions.ts';
import { timeFound } from './layout.ts';

// Times as `nsFromTimestamp` reads them, as whole seconds since 1970 and nanoseconds: those of the year 9999 are more than 64 bits of nanoseconds.

const isNone = (value: Code, end: number): Code => i32.isZero(i32.lessThan(value, i32.const(end)));

/** So many digits at `p` + `offset` into a local. */
const field = (locals: Locals, name: string, [offset, count]: readonly [number, number]): Code => {
  const { get, set } = locals;
  const digits = Array.from({ length: count }, (_, i) => [
    ...set('digit', i32.add(i32.loadByte(get('p'), offset + i), i32.const(-0x30))),
    ...refuseIf(locals, isNone(get('digit'), 10)),
    ...set(name, i === 0 ? get('digit') : i32.add(i32.mul(get(name), i32.const(10)), get('digit'))),
  ]);
  return digits.flat();
};

const mark = (locals: Locals, character: string, offset: number): Code =>
  refuseIf(locals, i32.differ(i32.loadByte(locals.get('p'), offset), byteOf(character)));

/** The length of a month: two numbers of days in turn, but for February. */
const lastDay = ({ get }: Locals, to: (value: Code) => Code): Code => {
  const isMultiple = (of: number): Code => i32.isZero(i32.remainder(get('year'), i32.const(of)));
  const isLeap = i32.and(isMultiple(4), i32.or(i32.isZero(isMultiple(100)), isMultiple(400)));
  const turn = i32.and(i32.add(get('month'), i32.shr(get('month'), i32.const(3))), i32.const(1));
  return either(
    i32.equal(get('month'), i32.const(2)),
    to(i32.add(i32.const(28), isLeap)),
    to(i32.add(i32.const(30), turn)),
  );
};

/** Days since 1970; the calendar is counted from 400 years before 0 on, so that nothing is below it. */
const days = ({ get, set }: Locals): Code => {
  const march = i32.remainder(i32.add(get('month'), i32.const(9)), i32.const(12));
  const dayOfYear = i32.add(
    i32.divide(i32.add(i32.mul(i32.const(153), march), i32.const(2)), i32.const(5)),
    i32.add(get('day'), i32.const(-1)),
  );
  const ofEra = i32.remainder(get('year'), i32.const(400));
  const eras = i32.mul(i32.divide(get('year'), i32.const(400)), i32.const(146_097));
  const leapDays = i32.subtract(i32.divide(ofEra, i32.const(4)), i32.divide(ofEra, i32.const(100)));
  const ofYears = i32.add(i32.mul(ofEra, i32.const(365)), leapDays);
  const all = i32.add(i32.add(eras, ofYears), dayOfYear);
  return [
    ...set('year', i32.subtract(i32.add(get('year'), i32.const(400)), i32.lessThan(get('month'), i32.const(3)))),
    ...set('days', i32.add(all, i32.const(-719_468 - 146_097))),
  ];
};

/** `minute(p, slot)`: `YYYY-MM-DDTHH:MM`, kept in the slot unless it is none; gives whether it is. */
export const minute: FunctionSource = {
  name: 'minute',
  parameters: { p: 'i32', slot: 'i32' },
  locals: {
    digit: 'i32',
    year: 'i32',
    month: 'i32',
    day: 'i32',
    hour: 'i32',
    minute: 'i32',
    last: 'i32',
    days: 'i32',
    wrong: 'i64',
  },
  result: 'i32',
  body: (locals) => {
    const { get, set } = locals;
    const ofDay = i32.mul(i32.add(i32.mul(get('hour'), i32.const(60)), get('minute')), i32.const(60));
    const seconds = i64.add(i64.mul(i64.extendSigned(get('days')), i64.const(86_400)), i64.extend(ofDay));
    return [
      field(locals, 'year', [0, 4]),
      mark(locals, '-', 4),
      field(locals, 'month', [5, 2]),
      mark(locals, '-', 7),
      field(locals, 'day', [8, 2]),
      mark(locals, 'T', 10),
      field(locals, 'hour', [11, 2]),
      mark(locals, ':', 13),
      field(locals, 'minute', [14, 2]),
      refuseIf(locals, isNone(i32.add(get('month'), i32.const(-1)), 12)),
      lastDay(locals, (value) => set('last', value)),
      refuseIf(locals, i32.isZero(i32.lessThan(i32.add(get('day'), i32.const(-1)), get('last')))),
      refuseIf(locals, isNone(get('hour'), 24)),
      refuseIf(locals, isNone(get('minute'), 60)),
      when(i32.isZero(i64.isZero(get('wrong'))), giveBack(i32.const(0))),
      days(locals),
      i64.store(get('slot'), 0, i64.load(get('p'), 0)),
      i64.store(get('slot'), 8, i64.load(get('p'), 8)),
      i64.store(get('slot'), 16, seconds),
      i32.const(1),
    ];
  },
};

/** One digit to nine behind a dot, as nanoseconds. */
const fraction = (locals: Locals): Code => {
  const { get, set } = locals;
  const tenfold = [
    ...set('nanoseconds', i32.mul(get('nanoseconds'), i32.const(10))),
    ...set('count', i32.add(get('count'), i32.const(1))),
  ];
  return [
    ...advance(locals, 1),
    ...block(
      loop(
        set('digit', i32.add(i32.loadByte(get('p'), 0), i32.const(-0x30))),
        branchIf(1, isNone(get('digit'), 10)),
        branchIf(1, isNone(get('count'), 10)),
        tenfold,
        set('nanoseconds', i32.add(get('nanoseconds'), get('digit'))),
        advance(locals, 1),
        branchIf(0, i32.const(1)),
      ),
    ),
    ...refuseIf(locals, isNone(i32.add(get('count'), i32.const(-1)), 9)),
    ...block(loop(branchIf(1, isNone(get('count'), 9)), tenfold, branchIf(0, i32.const(1)))),
  ];
};

/** `Z` or `±hh:mm`. */
const zone = (locals: Locals): Code => {
  const { get, set } = locals;
  const isBehind = i32.equal(i32.loadByte(get('p'), 0), byteOf('-'));
  const offset = i64.extend(i32.mul(i32.add(i32.mul(get('hour'), i32.const(60)), get('minute')), i32.const(60)));
  return either(i32.equal(i32.loadByte(get('p'), 0), byteOf('Z')), advance(locals, 1), [
    ...field(locals, 'hour', [1, 2]),
    ...mark(locals, ':', 3),
    ...field(locals, 'minute', [4, 2]),
    ...refuseIf(locals, isNone(get('hour'), 24)),
    ...refuseIf(locals, isNone(get('minute'), 60)),
    ...either(isBehind, set('seconds', i64.add(get('seconds'), offset)), [
      ...mark(locals, '+', 0),
      ...set('seconds', i64.subtract(get('seconds'), offset)),
    ]),
    ...advance(locals, 6),
  ]);
};

/** `time(p, slot)`: gives the address behind it and leaves what it is at `timeFound`; 0 when it is none. Many have their minute in common with the last one of their kind. */
export const time: FunctionSource = {
  name: 'time',
  parameters: { p: 'i32', slot: 'i32' },
  locals: {
    digit: 'i32',
    second: 'i32',
    hour: 'i32',
    minute: 'i32',
    count: 'i32',
    nanoseconds: 'i32',
    seconds: 'i64',
    wrong: 'i64',
  },
  result: 'i32',
  body: (locals) => {
    const { get, set } = locals;
    const other = (offset: number): Code => i64.differ(i64.load(get('p'), offset), i64.load(get('slot'), offset));
    return [
      when(
        i32.or(other(0), other(8)),
        when(i32.isZero(callOf('minute', get('p'), get('slot'))), giveBack(i32.const(0))),
      ),
      mark(locals, ':', 16),
      field(locals, 'second', [17, 2]),
      refuseIf(locals, isNone(get('second'), 60)),
      set('seconds', i64.add(i64.load(get('slot'), 16), i64.extend(get('second')))),
      advance(locals, 19),
      when(i32.equal(i32.loadByte(get('p'), 0), byteOf('.')), fraction(locals)),
      zone(locals),
      i64.store(i32.const(timeFound.seconds), 0, get('seconds')),
      i32.store(i32.const(timeFound.nanoseconds), 0, get('nanoseconds')),
      when(i32.isZero(i64.isZero(get('wrong'))), giveBack(i32.const(0))),
      get('p'),
    ];
  },
};
