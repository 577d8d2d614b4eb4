import {
  assemble,
  block,
  branchIf,
  giveBack,
  i32,
  loop,
  type Code,
  type FunctionSource,
  type Locals,
  type ValueType,
} from './assembler.ts';

/** A lane hashes this many bytes on its own; what it hashes in vain after a cut in an earlier lane is a few of them. */
export const laneLength = 8192;
/** Four independent hashes keep the processor busy while each waits for its own last result. */
export const lanes = 4;
/** Bytes rolled between two looks at the end. */
const unrolled = 8;

/** A rolling hash as code. `hash` names an i64 local; the byte is the one at `p` + offset. */
export interface HashCode {
  /** How many bytes before a position have to be rolled in before its byte is. */
  readonly history: number;
  /** Runs once: makes what `isCut` needs out of the parameter `bound`. */
  prepare(locals: Locals): Code;
  /** While the window fills. */
  fill(locals: Locals, hash: string, offset: number): Code;
  roll(locals: Locals, hash: string, offset: number): Code;
  isCut(locals: Locals, hash: string): Code;
}

const laneHashes = Array.from({ length: lanes }, (_, lane) => `hash${lane}`);

const i64Locals = (names: readonly string[]): Record<string, ValueType> =>
  Object.fromEntries(names.map((name) => [name, 'i64' as const]));

const move = ({ get, set }: Locals, bytes: number): Code => set('p', i32.add(get('p'), i32.const(bytes)));
const before = ({ get }: Locals, end: string): Code => i32.lessThan(get('p'), get(end));

/** Rolls in what stands before `p`, and leaves `p` as it was. */
const fillWindows = (locals: Locals, hash: HashCode, names: readonly string[]): Code =>
  [
    locals.set('end', locals.get('p')),
    move(locals, -hash.history),
    loop(
      ...names.map((name, lane) => hash.fill(locals, name, lane * laneLength)),
      move(locals, 1),
      branchIf(0, before(locals, 'end')),
    ),
  ].flat();

/**
 * `scanLanes(p, bound)`: 0 when no cut lies in the `lanes * laneLength` bytes from `p`; otherwise an address in the first lane such that
 * no lane has a cut before it, and one has a cut in the bytes that follow.
 */
const scanLanes = (hash: HashCode): FunctionSource => ({
  name: 'scanLanes',
  parameters: { p: 'i32', bound: 'i32' },
  locals: { end: 'i32', ...i64Locals(['limit', ...laneHashes]) },
  result: 'i32',
  body: (locals) => [
    hash.prepare(locals),
    fillWindows(locals, hash, laneHashes),
    locals.set('end', i32.add(locals.get('p'), i32.const(laneLength))),
    block(
      loop(
        ...Array.from({ length: unrolled }, (_, offset) =>
          laneHashes.flatMap((name, lane) => [
            ...hash.roll(locals, name, lane * laneLength + offset),
            ...branchIf(1, hash.isCut(locals, name)),
          ]),
        ),
        move(locals, unrolled),
        branchIf(0, before(locals, 'end')),
      ),
      giveBack(i32.const(0)),
    ),
    locals.get('p'),
  ],
});

/** `scanLine(p, stop, bound)`: the address behind the first byte from `p` to before `stop` that makes a cut, or 0. */
const scanLine = (hash: HashCode): FunctionSource => ({
  name: 'scanLine',
  parameters: { p: 'i32', stop: 'i32', bound: 'i32' },
  locals: { end: 'i32', ...i64Locals(['limit', 'hash']) },
  result: 'i32',
  body: (locals) => [
    hash.prepare(locals),
    fillWindows(locals, hash, ['hash']),
    block(
      loop(
        hash.roll(locals, 'hash', 0),
        move(locals, 1),
        branchIf(1, hash.isCut(locals, 'hash')),
        branchIf(0, before(locals, 'stop')),
      ),
      giveBack(i32.const(0)),
    ),
    locals.get('p'),
  ],
});

export interface Kernel {
  /** Assembles the module; a millisecond. */
  readonly assemble: () => Uint8Array<ArrayBuffer>;
  readonly history: number;
}

export const createKernel = (hash: HashCode): Kernel => ({
  assemble: () => assemble({ least: 1 }, [scanLanes(hash), scanLine(hash)]),
  history: hash.history,
});
