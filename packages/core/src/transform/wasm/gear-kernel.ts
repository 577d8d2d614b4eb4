import { i32, i64, type Code, type Locals } from './assembler.ts';
import { createKernel } from './lane-kernel.ts';

/** hash = (hash << 1) + table[byte]; the table stands at address 0. */
const roll = ({ get, set }: Locals, hash: string, offset: number): Code => {
  const index = i32.shl(i32.loadByte(get('p'), offset), i32.const(3));
  return set(hash, i64.add(i64.shl(get(hash), i64.const(1)), i64.load(index, 0)));
};

export const gearKernel = createKernel({
  history: 63,
  prepare: ({ get, set }) => set('limit', i64.shl(i64.extend(get('bound')), i64.const(32))),
  fill: roll,
  roll,
  isCut: ({ get }, hash) => i64.lessThan(get(hash), get('limit')),
});
