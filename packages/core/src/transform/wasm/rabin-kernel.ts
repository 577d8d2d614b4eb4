import { i32, i64, type Code, type Locals } from './assembler.ts';
import { createKernel } from './lane-kernel.ts';

/** The tables stand one behind the other from address 0. */
const outTable = 0;
const modTable = 256 * 8;
/** Degree of the polynomial less the 8 bits that the next byte pushes out. */
const shift = 53 - 8;
const windowLength = 64;

const entry = (table: number, index: Code): Code => i64.load(i32.shl(index, i32.const(3)), table);

/** digest = ((digest << 8) | byte) ^ mod[digest >> 45] */
const append = ({ get, set }: Locals, digest: string, offset: number): Code => {
  const shifted = i64.or(i64.shl(get(digest), i64.const(8)), i64.loadByte(get('p'), offset));
  return set(digest, i64.xor(shifted, entry(modTable, i32.wrap(i64.shr(get(digest), i64.const(shift))))));
};

export const rabinKernel = createKernel({
  history: windowLength,
  prepare: () => [],
  fill: append,
  roll: (locals, digest, offset) => {
    const { get, set } = locals;
    const oldest = i32.loadByte(i32.add(get('p'), i32.const(-windowLength)), offset);
    return [...set(digest, i64.xor(get(digest), entry(outTable, oldest))), ...append(locals, digest, offset)];
  },
  isCut: ({ get }, digest) => i32.isZero(i32.and(i32.wrap(get(digest)), get('bound'))),
});
