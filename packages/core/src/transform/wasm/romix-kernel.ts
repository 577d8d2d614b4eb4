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

/**
 * One lane, or two at a time: each step of Salsa20 waits for the one before, so the processor has a hand free for another lane. Of two, the
 * second stands behind the first wherever either does.
 */
type Lanes = 1 | 2;
const eachLane = (lanes: Lanes, code: (lane: number) => Code): Code =>
  Array.from({ length: lanes }, (_, lane) => code(lane)).flat();

const rowOf = (lane: number, row: number): string => `row${lane}${row}`;

/** row[to] ^= (row[a] + row[b]) <<< bits */
const step =
  (to: number, [a, b]: readonly [number, number], bits: number) =>
  ({ get, set }: Locals, lane: number): Code => {
    const sum = `sum${lane}`;
    const target = rowOf(lane, to);
    const turned = words.or(words.shl(get(sum), bits), words.shr(get(sum), 32 - bits));
    return [
      ...set(sum, words.add(get(rowOf(lane, a)), get(rowOf(lane, b)))),
      ...set(target, words.xor(get(target), turned)),
    ];
  };

const turn =
  (row: number, by: number) =>
  ({ get, set }: Locals, lane: number): Code => {
    const order = rows.map((word) => (word + by) % 4);
    return set(rowOf(lane, row), words.pick(get(rowOf(lane, row)), order));
  };

/** Columns, then rows. */
const doubleRound = [
  step(1, [0, 3], 7),
  step(2, [1, 0], 9),
  step(3, [2, 1], 13),
  step(0, [3, 2], 18),
  turn(1, 3),
  turn(2, 2),
  turn(3, 1),
  step(3, [0, 1], 7),
  step(2, [3, 0], 9),
  step(1, [2, 3], 13),
  step(0, [1, 2], 18),
  turn(1, 1),
  turn(2, 2),
  turn(3, 3),
];

/**
 * `mix(from, to)`: BlockMix of each lane; `mixBoth(from, other…, to)`: of what stands there XORed with another for each. A function of its own, so that it is
 * optimised while it runs.
 */
const blockMix = (lanes: Lanes, both: boolean): FunctionSource => {
  const others = both ? Array.from({ length: lanes }, (_, lane) => `other${lane}`) : [];
  const vectors = Array.from({ length: lanes }, (_, lane) => [`sum${lane}`, ...rows.map((row) => rowOf(lane, row))]);
  const named = <Type extends 'i32' | 'v128'>(names: readonly string[], type: Type): Record<string, Type> =>
    Object.fromEntries(names.map((name) => [name, type]));
  return {
    name: `${both ? 'mixBoth' : 'mix'}${lanes}`,
    parameters: named(['from', ...others, 'to'], 'i32'),
    locals: { ...named(['end'], 'i32'), ...named(vectors.flat(), 'v128') },
    body: (locals) => {
      const { get, set } = locals;
      const move = (name: string, bytes: number): Code => set(name, i32.add(get(name), i32.const(bytes)));
      const input = (lane: number, offset: number): Code => {
        const own = words.load(get('from'), lane * laneBytes + offset);
        return both ? words.xor(own, words.load(get(`other${lane}`), offset)) : own;
      };
      const each = (code: (lane: number, row: number, offset: number) => Code): Code =>
        rows.flatMap((row) => eachLane(lanes, (lane) => code(lane, row, row * 16)));
      const rounds = [0, 1, 2, 3].flatMap(() => doubleRound);
      /** One block; even ones go to the first half of the result, odd ones to the second. */
      const block = (at: number, to: number): Code => {
        const place = (lane: number, offset: number): number => lane * laneBytes + to + offset;
        return [
          ...each((lane, row, offset) =>
            set(rowOf(lane, row), words.xor(get(rowOf(lane, row)), input(lane, at + offset))),
          ),
          ...each((lane, row, offset) => words.store(get('to'), place(lane, offset), get(rowOf(lane, row)))),
          ...rounds.flatMap((part) => eachLane(lanes, (lane) => part(locals, lane))),
          ...each((lane, row, offset) =>
            set(rowOf(lane, row), words.add(get(rowOf(lane, row)), words.load(get('to'), place(lane, offset)))),
          ),
          ...each((lane, row, offset) => words.store(get('to'), place(lane, offset), get(rowOf(lane, row)))),
        ];
      };
      return [
        each((lane, row, offset) => set(rowOf(lane, row), input(lane, laneBytes - blockBytes + offset))),
        set('end', i32.add(get('from'), i32.const(laneBytes))),
        loop(
          block(0, 0),
          block(blockBytes, laneBytes / 2),
          move('from', 2 * blockBytes),
          ...others.map((other) => move(other, 2 * blockBytes)),
          move('to', blockBytes),
          branchIf(0, i32.lessThan(get('from'), get('end'))),
        ),
      ];
    },
  };
};

/**
 * `romix1(lane, table, n)`, and `romix2` of two lanes: in place; behind them stands room for as many, at `table` for `n` times as many, the first of which
 * are a copy of them. `mix` is the index of the functions of as many lanes.
 */
const romix = (lanes: Lanes, mix: number): FunctionSource => ({
  name: `romix${lanes}`,
  parameters: { lane: 'i32', table: 'i32', n: 'i32' },
  locals: { i: 'i32', at: 'i32' },
  body: ({ get, set }) => {
    const bytes = lanes * laneBytes;
    const next = i32.add(get('at'), i32.const(bytes));
    const spare = i32.add(get('lane'), i32.const(bytes));
    const more = (by: number): Code => [
      ...set('i', i32.add(get('i'), i32.const(by))),
      ...branchIf(0, i32.lessThan(get('i'), get('n'))),
    ];
    /** The last block of each lane, first word, chooses. */
    const chosen = (from: Code): Code[] =>
      Array.from({ length: lanes }, (_, lane) => {
        const word = i32.load(from, lane * laneBytes + laneBytes - blockBytes);
        const index = i32.and(word, i32.add(get('n'), i32.const(-1)));
        const table = i32.add(get('table'), i32.const(lane * laneBytes));
        return i32.add(table, i32.mul(index, i32.const(bytes)));
      });
    return [
      set('at', get('table')),
      set('i', i32.const(1)),
      loop(call(mix, get('at'), next), set('at', next), more(1)),
      call(mix, get('at'), get('lane')),
      set('i', i32.const(0)),
      loop(
        call(mix + 1, get('lane'), ...chosen(get('lane')), spare),
        call(mix + 1, spare, ...chosen(spare), get('lane')),
        more(2),
      ),
    ];
  },
});

/** Of 64 KiB: one for lanes, and tables of 64 MiB at most. */
export const mostRomixPages = 1025;

export const assembleRomix = (): Uint8Array<ArrayBuffer> =>
  assemble({ least: 1, most: mostRomixPages }, [
    blockMix(1, false),
    blockMix(1, true),
    blockMix(2, false),
    blockMix(2, true),
    romix(1, 0),
    romix(2, 2),
  ]);
