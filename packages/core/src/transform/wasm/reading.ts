// Reading text in a kernel, piece by piece from `p` on: what is not as it should be is noted in `wrong`, and looked at where it matters. A function that reads has the locals
// that are named here.
import { block, branchIf, type Code, i32, i64, type Locals, loop } from './assembler.ts';
import { digitsAt } from './digits.ts';

const idBytes = 32;

export const at = ({ get }: Locals): Code => get('p');
export const advance = ({ get, set }: Locals, by: number): Code => set('p', i32.add(get('p'), i32.const(by)));
export const byteOf = (character: string): Code => i32.const(character.charCodeAt(0));

/** Notes, as something other than 0, that this is not as it should be. */
export const refuse = ({ get, set }: Locals, wrong: Code): Code => set('wrong', i64.or(get('wrong'), wrong));
export const refuseIf = (locals: Locals, wrong: Code): Code => refuse(locals, i64.extend(wrong));

/** Notes whether another text stands at `p` + `offset`: of four characters at least, looked at eight or four at a time, some of them twice. */
export const expect = (locals: Locals, text: string, offset = 0): Code => {
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

export const skip = (locals: Locals, text: string): Code => [...expect(locals, text), ...advance(locals, text.length)];

/** The digits at `p` into `value`: one at least, no leading zero, and no more than so many, 18 at most. */
export const number = (locals: Locals, most: number): Code => {
  const { get, set } = locals;
  const digit = i32.add(i32.loadByte(at(locals), 0), i32.const(-0x30));
  const count = i32.subtract(at(locals), get('first'));
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
    ...refuseIf(locals, i32.isZero(i32.lessThan(count, i32.const(most + 1)))),
    ...refuseIf(
      locals,
      i32.and(i32.equal(i32.loadByte(get('first'), 0), byteOf('0')), i32.differ(count, i32.const(1))),
    ),
  ];
};

/** 64 hexadecimal digits at `p` into 32 bytes at `out`. */
export const id = (locals: Locals): Code => {
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
