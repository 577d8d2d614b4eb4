import { growable, growTo } from './growable.ts';

/** Every pack by number: its name, its size, the replicas that have it, those it is owed to, and the buffer it stands in while it is new. */
export interface PackTableMemory {
  readonly words: SharedArrayBuffer;
  readonly count: SharedArrayBuffer;
}

/** Eight words of the id, then: replicas that list it, size, replicas it is on its way to, replicas it is owed to, buffer. */
const packWords = 13;
const presenceWord = 8;
const sizeWord = 9;
const promisedWord = 10;
const owedWord = 11;
/** Number of its buffer plus one while it stands in the pool. */
const slotWord = 12;
const growBy = 1 << 16;
const mostBytes = 2 ** 31;

export class PackTable {
  #words: Uint32Array;
  readonly #memory: SharedArrayBuffer;
  readonly #count: Int32Array;

  constructor(memory: PackTableMemory) {
    this.#memory = memory.words;
    this.#words = new Uint32Array(memory.words);
    this.#count = new Int32Array(memory.count);
  }

  static memory(): PackTableMemory {
    return {
      words: growable(growBy, mostBytes),
      count: new SharedArrayBuffer(4),
    };
  }

  get count(): number {
    return Atomics.load(this.#count, 0);
  }

  /** A new number; `promised` are the replicas that the pack will be written to. Any thread. */
  allocate(promised: number): number {
    const pack = Atomics.add(this.#count, 0, 1);
    this.#grow(pack);
    this.#set(pack, promisedWord, promised);
    return pack;
  }

  #grow(pack: number): void {
    growTo(this.#memory, (pack + 1) * packWords * 4, this.#memory.byteLength * 2);
  }

  setId(pack: number, id: Uint8Array, size: number): void {
    const words = new Uint32Array(8);
    new Uint8Array(words.buffer).set(id);
    for (let i = 0; i < 8; i += 1) this.#set(pack, i, words[i] ?? 0);
    this.#set(pack, sizeWord, size);
  }

  /** Hex. */
  id(pack: number): string {
    const at = pack * packWords;
    return Buffer.from(this.#words.slice(at, at + 8).buffer).toString('hex');
  }

  size(pack: number): number {
    return this.#get(pack, sizeWord);
  }

  /** The replicas whose index lists it, or that this run has stored it on. */
  presence(pack: number): number {
    return this.#get(pack, presenceWord);
  }

  markPresent(pack: number, mask: number): void {
    Atomics.or(this.#view(pack), pack * packWords + presenceWord, mask);
  }

  markAbsent(pack: number, mask: number): void {
    Atomics.and(this.#view(pack), pack * packWords + presenceWord, ~mask);
  }

  /** The replicas that have it or are about to get it in this run. */
  promised(pack: number): number {
    return this.#get(pack, presenceWord) | this.#get(pack, promisedWord) | this.#get(pack, owedWord);
  }

  owe(pack: number, mask: number): void {
    Atomics.or(this.#view(pack), pack * packWords + owedWord, mask);
  }

  /** Takes the debt back: the blobs came another way. */
  forgive(pack: number, mask: number): void {
    Atomics.and(this.#view(pack), pack * packWords + owedWord, ~mask);
  }

  owed(pack: number): number {
    return this.#get(pack, owedWord) & ~this.#get(pack, presenceWord);
  }

  /** Its buffer in the pool; `undefined` once that was given back. */
  slot(pack: number): number | undefined {
    const slot = this.#get(pack, slotWord);
    return slot === 0 ? undefined : slot - 1;
  }

  setSlot(pack: number, slot: number | undefined): void {
    this.#set(pack, slotWord, slot === undefined ? 0 : slot + 1);
  }

  #view(pack: number): Uint32Array {
    if ((pack + 1) * packWords > this.#words.length) this.#words = new Uint32Array(this.#memory);
    return this.#words;
  }

  #get(pack: number, word: number): number {
    return Atomics.load(this.#view(pack), pack * packWords + word);
  }

  #set(pack: number, word: number, value: number): void {
    Atomics.store(this.#view(pack), pack * packWords + word, value);
  }
}
