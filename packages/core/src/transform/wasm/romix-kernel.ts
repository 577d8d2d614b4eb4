import {
  assemble,
  branchIf,
  call,
  type Code,
  type FunctionSource,
  i32,
  type Locals,
  loop,
  words,
} from './assembler.ts';

// scryptROMix of RFC 7914 for r = 8, in vectors of four words. Every 64-byte block stands with its diagonals in rows, so that a round of
// Salsa20 is four steps on whole rows and a turn of three of them; the caller puts the words into that order and back.

/** Of one lane: 128 · r. */
export const laneBytes = 1024;
const blockBytes = 64;
const rows = [0, 1, 2, 3] as const;

/** Where the word that stands at a place in a block as the kernel has it comes from. */
export const diagonals = [0, 5, 10, 15, 4, 9, 14, 3, 8, 13, 2, 7, 12, 1, 6, 11] as const;

/** row[to] ^= (row[a] + row[b]) <<< bits */
const step = ({ get, set }: Locals, to: number, [a, b]: readonly [number, number], bits: number): Code => [
  ...set('sum', words.add(get(`row${a}`), get(`row${b}`))),
  ...set(
    `row${to}`,
    words.xor(get(`row${to}`), words.or(words.shl(get('sum'), bits), words.shr(get('sum'), 32 - bits))),
  ),
];

const turn = ({ get, set }: Locals, row: number, by: number): Code =>
  set(
    `row${row}`,
    words.pick(
      get(`row${row}`),
      rows.map((word) => (word + by) % 4),
    ),
  );

/** Columns, then rows. */
const doubleRound = (locals: Locals): Code => [
  ...step(locals, 1, [0, 3], 7),
  ...step(locals, 2, [1, 0], 9),
  ...step(locals, 3, [2, 1], 13),
  ...step(locals, 0, [3, 2], 18),
  ...turn(locals, 1, 3),
  ...turn(locals, 2, 2),
  ...turn(locals, 3, 1),
  ...step(locals, 3, [0, 1], 7),
  ...step(locals, 2, [3, 0], 9),
  ...step(locals, 1, [2, 3], 13),
  ...step(locals, 0, [1, 2], 18),
  ...turn(locals, 1, 1),
  ...turn(locals, 2, 2),
  ...turn(locals, 3, 3),
];

/** `mix(from, to)`: BlockMix of one lane; `mixBoth(from, other, to)`: of the two XORed. A function of its own, so that it is optimised while it runs. */
const blockMix = (both: boolean): FunctionSource => ({
  name: both ? 'mixBoth' : 'mix',
  parameters: { from: 'i32', ...(both ? { other: 'i32' as const } : undefined), to: 'i32' },
  locals: { end: 'i32', row0: 'v128', row1: 'v128', row2: 'v128', row3: 'v128', sum: 'v128' },
  body: (locals) => {
    const { get, set } = locals;
    const move = (name: string, bytes: number): Code => set(name, i32.add(get(name), i32.const(bytes)));
    const input = (offset: number): Code => {
      const own = words.load(get('from'), offset);
      return both ? words.xor(own, words.load(get('other'), offset)) : own;
    };
    const each = (code: (row: number, offset: number) => Code): Code => rows.flatMap((row) => code(row, row * 16));
    /** One block; even ones go to the first half of the result, odd ones to the second. */
    const block = (at: number, to: number): Code => [
      ...each((row, offset) => set(`row${row}`, words.xor(get(`row${row}`), input(at + offset)))),
      ...each((row, offset) => words.store(get('to'), to + offset, get(`row${row}`))),
      ...doubleRound(locals),
      ...doubleRound(locals),
      ...doubleRound(locals),
      ...doubleRound(locals),
      ...each((row, offset) => set(`row${row}`, words.add(get(`row${row}`), words.load(get('to'), to + offset)))),
      ...each((row, offset) => words.store(get('to'), to + offset, get(`row${row}`))),
    ];
    return [
      each((row, offset) => set(`row${row}`, input(laneBytes - blockBytes + offset))),
      set('end', i32.add(get('from'), i32.const(laneBytes))),
      loop(
        block(0, 0),
        block(blockBytes, laneBytes / 2),
        move('from', 2 * blockBytes),
        ...(both ? [move('other', 2 * blockBytes)] : []),
        move('to', blockBytes),
        branchIf(0, i32.lessThan(get('from'), get('end'))),
      ),
    ];
  },
});

const mix = 0;
const mixBoth = 1;

/** `romix(lane, table, n)`: in place; behind `lane` stands room for another, at `table` for `n`, whose first is a copy of the lane. */
const romix: FunctionSource = {
  name: 'romix',
  parameters: { lane: 'i32', table: 'i32', n: 'i32' },
  locals: { i: 'i32', at: 'i32' },
  body: ({ get, set }) => {
    const next = i32.add(get('at'), i32.const(laneBytes));
    const spare = i32.add(get('lane'), i32.const(laneBytes));
    const more = (by: number): Code => [
      ...set('i', i32.add(get('i'), i32.const(by))),
      ...branchIf(0, i32.lessThan(get('i'), get('n'))),
    ];
    /** The lane's last block, first word, chooses. */
    const chosen = (lane: Code): Code => {
      const word = i32.load(lane, laneBytes - blockBytes);
      const index = i32.and(word, i32.add(get('n'), i32.const(-1)));
      return i32.add(get('table'), i32.mul(index, i32.const(laneBytes)));
    };
    return [
      set('at', get('table')),
      set('i', i32.const(1)),
      loop(call(mix, get('at'), next), set('at', next), more(1)),
      call(mix, get('at'), get('lane')),
      set('i', i32.const(0)),
      loop(
        call(mixBoth, get('lane'), chosen(get('lane')), spare),
        call(mixBoth, spare, chosen(spare), get('lane')),
        more(2),
      ),
    ];
  },
};

export const assembleRomix = (): Uint8Array<ArrayBuffer> => assemble(1, [blockMix(false), blockMix(true), romix]);
