import {
  block,
  branchIf,
  type Code,
  type FunctionSource,
  giveBack,
  i32,
  i64,
  type Locals,
  loop,
  when,
} from '../../transform/wasm/assembler.ts';
import { advance, byteOf, skip } from '../../transform/wasm/reading.ts';
import { callOf } from './functions.ts';
import { idsAt, idsEndAt, isWrittenAt, kind, record, recordBytes } from './layout.ts';

const giveUp = giveBack(i32.const(0));
const giveUpIf = (condition: Code): Code => when(condition, giveUp);
const notWritten = i32.store(i32.const(isWrittenAt), 0, i32.const(0));

/** `.` and `..`, which name no entry. */
const isDots = ({ get }: Locals): Code => {
  const [dot, end] = [0x2e, i32.add(get('start'), i32.const(1))];
  const isDot = (at: Code): Code => i32.equal(i32.loadByte(at, 0), i32.const(dot));
  const length = i32.subtract(get('p'), get('start'));
  const one = i32.equal(length, i32.const(1));
  const two = i32.and(i32.equal(length, i32.const(2)), isDot(end));
  return i32.and(isDot(get('start')), i32.or(one, two));
};

/** `name(p)`: a name without escapes; gives where its quote is, which becomes a NUL, and 0 when it is none. Notes those that we would write another way. */
export const name: FunctionSource = {
  name: 'name',
  parameters: { p: 'i32' },
  locals: { start: 'i32', byte: 'i32', odd: 'i32' },
  result: 'i32',
  body: (locals) => {
    const { get, set } = locals;
    const isByte = (character: string): Code => i32.equal(get('byte'), byteOf(character));
    const isBeyond = i32.isZero(i32.lessThan(get('byte'), i32.const(0x7f)));
    const isOdd = i32.or(i32.or(isBeyond, isByte('&')), i32.or(isByte('<'), isByte('>')));
    const isBad = i32.or(i32.lessThan(get('byte'), i32.const(0x20)), i32.or(isByte('\\'), isByte('/')));
    return [
      set('start', get('p')),
      block(
        loop(
          set('byte', i32.loadByte(get('p'), 0)),
          branchIf(1, isByte('"')),
          giveUpIf(isBad),
          set('odd', i32.or(get('odd'), isOdd)),
          advance(locals, 1),
          branchIf(0, i32.const(1)),
        ),
      ),
      giveUpIf(i32.equal(get('p'), get('start'))),
      giveUpIf(isDots(locals)),
      when(get('odd'), notWritten),
      i32.storeByte(get('p'), 0, i32.const(0)),
      get('p'),
    ];
  },
};

/** One node at `p` into the record. */
const node = (locals: Locals): Code => {
  const { get, set } = locals;
  const isBefore = i32.shr(callOf('compare', get('previous'), get('named')), i32.const(31));
  return [
    ...i32.store(get('record'), record.from, get('p')),
    ...skip(locals, '{"name":"'),
    ...giveUpIf(i32.isZero(i64.isZero(get('wrong')))),
    ...set('named', get('p')),
    ...i32.store(get('record'), record.name, get('named')),
    ...set('p', callOf('name', get('p'))),
    ...giveUpIf(i32.isZero(get('p'))),
    ...when(get('previous'), giveUpIf(i32.isZero(isBefore))),
    ...set('previous', get('named')),
    ...advance(locals, 1),
    ...set('next', callOf('plain', get('p'), get('record'), get('ownerEnd'))),
    ...when(
      i32.isZero(get('next')),
      notWritten,
      i32.store(get('record'), record.kind, i32.const(kind.other)),
      set('next', callOf('rest', get('p'), get('end'))),
      giveUpIf(i32.isZero(get('next'))),
    ),
    ...set('p', get('next')),
    ...i32.store(get('record'), record.to, get('p')),
    ...set('record', i32.add(get('record'), i32.const(recordBytes))),
  ];
};

/** `tree(p, end, record, stop, ownerEnd)`: a whole one into records; gives their end, and 0 when it is none that is set as we and restic set it, or they do not fit. */
export const tree: FunctionSource = {
  name: 'tree',
  parameters: { p: 'i32', end: 'i32', record: 'i32', stop: 'i32', ownerEnd: 'i32' },
  locals: { previous: 'i32', named: 'i32', next: 'i32', wrong: 'i64' },
  result: 'i32',
  body: (locals) => {
    const { get } = locals;
    const isByte = (character: string): Code => i32.equal(i32.loadByte(get('p'), 0), byteOf(character));
    const close = Buffer.from(']}', 'latin1').readUInt16LE(0);
    return [
      i32.store(i32.const(isWrittenAt), 0, i32.const(1)),
      i32.store(i32.const(idsEndAt), 0, i32.const(idsAt)),
      skip(locals, '{"nodes":['),
      giveUpIf(i32.isZero(i64.isZero(get('wrong')))),
      block(
        branchIf(0, isByte(']')),
        loop(
          giveUpIf(i32.isZero(i32.lessThan(get('record'), get('stop')))),
          node(locals),
          branchIf(1, i32.isZero(isByte(','))),
          advance(locals, 1),
          branchIf(0, i32.const(1)),
        ),
      ),
      giveUpIf(i32.differ(i32.load16(get('p'), 0), i32.const(close))),
      advance(locals, 2),
      when(isByte('\n'), advance(locals, 1)),
      giveUpIf(i32.differ(get('p'), get('end'))),
      get('record'),
    ];
  },
};
