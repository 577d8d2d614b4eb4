/** Memory that whole packs are read into: what is given back serves the next one, so that it does not wait for the garbage collector. */
import type { PackPool } from './pack-pool.ts';

export interface Room<Memory extends ArrayBufferLike = ArrayBufferLike> extends Disposable {
  /** As many bytes as were asked for; not to be touched after the room was given back. */
  readonly bytes: Uint8Array<Memory>;
}

export type LendRoom<Memory extends ArrayBufferLike = ArrayBufferLike> = (bytes: number) => Room<Memory>;

/** For who reads too little to use memory again. */
export const newRoom: LendRoom = (bytes) => ({ bytes: new Uint8Array(bytes), [Symbol.dispose]() {} });

/** `make` allocates; what was given back is used again where it is large enough, and dropped where not. */
export const ownRooms = <Memory extends ArrayBufferLike>(make: (bytes: number) => Memory): LendRoom<Memory> => {
  const free: Memory[] = [];
  return (bytes) => {
    const last = free.pop();
    const memory = last !== undefined && last.byteLength >= bytes ? last : make(bytes);
    return { bytes: new Uint8Array(memory, 0, bytes), [Symbol.dispose]: () => void free.push(memory) };
  };
};

/** All of them as large as the largest takes: one that is too small for its next pack would be made anew. */
export const evenRooms =
  (mostBytes: number, lend: LendRoom): LendRoom =>
  (bytes) => {
    const room = lend(Math.max(mostBytes, bytes));
    return { bytes: room.bytes.subarray(0, bytes), [Symbol.dispose]: () => room[Symbol.dispose]() };
  };

/** The pool's idle buffers once `isOver` says that nothing more is sealed into them; `own` before, and for what does not fit. */
export const poolRooms = (pool: PackPool, isOver: () => boolean, own: LendRoom): LendRoom => {
  return (bytes) => {
    const slot = isOver() && bytes <= pool.slotBytes ? pool.tryTake() : undefined;
    if (slot === undefined) return own(bytes);
    return { bytes: pool.bytes(slot).subarray(0, bytes), [Symbol.dispose]: () => pool.release(slot) };
  };
};
