/** The part of scrypt that costs: its lanes, each of which can be mixed alone (RFC 7914 §5 and §6), here for r = 8. */
import { assembleRomix, diagonals, laneBytes } from '../transform/wasm/romix-kernel.ts';
import { adopt, compile, instantiate, type WasmInstance, type WasmMemory } from '../transform/wasm/webassembly.ts';

interface RomixExports {
  readonly romix1: (lane: number, table: number, n: number) => void;
  /** The same of two lanes, one behind the other. */
  readonly romix2: (lanes: number, table: number, n: number) => void;
}

/** Whoever has a hand free takes the next lane. */
export interface LaneJob {
  /** Whole lanes of 1,024 bytes, mixed in place. */
  readonly lanes: SharedArrayBuffer;
  /** Blocks of memory for each: a power of two from 2 on. */
  readonly n: number;
  /** How many lanes a thread mixes at a time: two need twice the memory and hardly more time than one. */
  readonly atOnce: 1 | 2;
  /** [0] lanes that were taken, [1] lanes that are done. */
  readonly counts: SharedArrayBuffer;
}

const pageBytes = 65_536;
const laneWords = laneBytes / 4;
const blockWords = 16;

export class LaneMixer {
  readonly #instance: WasmInstance;
  readonly #job: LaneJob;
  readonly #counts: Int32Array;

  private constructor(instance: WasmInstance, job: LaneJob) {
    this.#instance = instance;
    this.#job = job;
    this.#counts = new Int32Array(job.counts);
  }

  /** In `mixingMemory` with room for the tables. Undefined where there is no WebAssembly. */
  static create(job: LaneJob, memory: WasmMemory): LaneMixer | undefined {
    const instance = instantiate(assembleRomix, memory);
    return instance && new LaneMixer(instance, job);
  }

  /** What threads can hand to each other, so that each has it at once. */
  static get compiled(): object | undefined {
    return compile(assembleRomix);
  }

  static adopt(module: object): void {
    adopt(assembleRomix, module);
  }

  /** Mixes something, so that what counts does not begin in code that is not optimised yet. */
  static warmUp(memory: WasmMemory): void {
    const lanes = new SharedArrayBuffer(32 * laneBytes);
    const job: LaneJob = { lanes, n: 64, atOnce: 2, counts: new SharedArrayBuffer(8) };
    const mixer = LaneMixer.create(job, memory);
    while (mixer?.mixNext() === true);
  }

  get allDone(): boolean {
    return Atomics.load(this.#counts, 1) * laneBytes === this.#job.lanes.byteLength;
  }

  /** Mixes the next lanes that nobody has taken; false when there is none. */
  mixNext(): boolean {
    const { lanes, n, atOnce } = this.#job;
    const first = Atomics.add(this.#counts, 0, atOnce) * laneBytes;
    const count = Math.min(atOnce, (lanes.byteLength - first) / laneBytes);
    if (count <= 0) return false;
    const { romix1, romix2 } = this.#instance.exports as RomixExports;
    const memory = new DataView(this.#instance.memory.buffer);
    const taken = new DataView(lanes, first, count * laneBytes);
    for (let word = 0; word < count * laneWords; word += 1)
      memory.setUint32(pageBytes + word * 4, taken.getUint32(placeOf(word), true), true);
    (count === 2 ? romix2 : romix1)(0, pageBytes, n);
    for (let word = 0; word < count * laneWords; word += 1)
      taken.setUint32(placeOf(word), memory.getUint32(word * 4, true), true);
    Atomics.add(this.#counts, 1, count);
    return true;
  }
}

/** The byte at which the word stands in RFC 7914's order. */
const placeOf = (word: number): number => {
  const inBlock = word % blockWords;
  return (word - inBlock + (diagonals[inBlock] ?? 0)) * 4;
};
