import { hash } from 'node:crypto';
import { arch } from 'node:os';
import { callTable } from './c-calls.ts';
import { type HashPair, type Lane, lanes } from './hash-pair.ts';
import type { CFunction, CLibrary } from './library.ts';

export const blockBytes = 64;
const hashBytes = 32;

/** Fewer blocks are not worth the call for both. */
export const worthBlocks = 128;

export const initial = [
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
] as const;

export interface Calls {
  /** `sha256_multi_block` of OpenSSL's crypto/sha/asm, which its own TLS calls. */
  readonly together: CFunction;
  /** `SHA256_CTX` of openssl/sha.h: eight words of state, the length in bits (low word first), and what is left of a block. */
  readonly init: CFunction;
  readonly update: CFunction;
  readonly final: CFunction;
  readonly address: CLibrary['address'];
}

const bind = (library: CLibrary): Calls => ({
  together: library.declare('void sha256_multi_block(void *, const void *, int)'),
  init: library.declare('int SHA256_Init(void *)'),
  update: library.declare('int SHA256_Update(void *, const void *, size_t)'),
  final: library.declare('int SHA256_Final(void *, void *)'),
  address: (bytes) => library.address(bytes),
});

/** Of OpenSSL. What is called here it has for itself: only of the versions whose it is known to be. */
const majorVersion = (library: CLibrary): number =>
  Math.floor(Number(library.declare('unsigned long OpenSSL_version_num()')()) / 2 ** 28);

/** Whether the processor has instructions for SHA-256: bit 29 of EBX of CPUID's leaf 7, which is OpenSSL's second word. Without them there is nothing to be gained. */
const hasInstructions = (library: CLibrary): boolean => {
  const info = library.declare('const void *OPENSSL_info(int)')(1008);
  const settings = info === null ? '' : library.text(BigInt(info));
  const second = /^OPENSSL_ia32cap=0x[0-9a-f]+:0x([0-9a-f]+)/.exec(settings)?.[1];
  return second !== undefined && ((BigInt(`0x${second}`) >> 29n) & 1n) === 1n;
};

interface Text {
  bytes: Uint8Array | undefined;
  /** How many whole blocks it has, and how many of them are hashed. */
  blocks: number;
  done: number;
  /** After those. */
  readonly state: Uint32Array;
}

const leftOf = ({ bytes, blocks, done }: Text): number => (bytes === undefined ? 0 : blocks - done);

/**
 * Two at a time: each instruction for SHA-256 waits for the one before, and those of another text fit in between. Both together take two thirds of the
 * time that one takes after the other.
 */
class NativeHashPair implements HashPair {
  readonly #calls: Calls;
  readonly #texts: readonly Text[] = lanes.map(() => ({
    bytes: undefined,
    blocks: 0,
    done: 0,
    state: new Uint32Array(initial.length),
  }));
  /** Word by word, the same one of eight lanes side by side. */
  readonly #states = new Uint32Array(8 * 8);
  /** Of four lanes: where the bytes stand, and how many blocks. The latter two have none. */
  readonly #inputs = new BigInt64Array(4 * 2);
  readonly #context = Buffer.alloc(128);
  readonly #words = new Uint32Array(this.#context.buffer, this.#context.byteOffset, 10);
  readonly #hash = Buffer.alloc(hashBytes);

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  begin(lane: Lane, bytes: Uint8Array): void {
    const text = this.#of(lane);
    text.bytes = bytes;
    text.blocks = Math.floor(bytes.byteLength / blockBytes);
    text.done = 0;
    text.state.set(initial);
  }

  lacks(lane: Lane): boolean {
    const text = this.#of(lane);
    while (leftOf(text) >= worthBlocks) if (!this.#step(text)) return true;
    return false;
  }

  end(lane: Lane): string {
    const text = this.#of(lane);
    const { bytes } = text;
    if (bytes === undefined) throw new TypeError('nothing was begun');
    this.lacks(lane);
    text.bytes = undefined;
    return text.done === 0 ? hash('sha256', bytes) : this.#rest(text, bytes);
  }

  #of(lane: Lane): Text {
    const text = this.#texts[lane];
    if (text === undefined) throw new RangeError('there is no such lane');
    return text;
  }

  /** Hashes on beside the one of which most is left; false when there is none. */
  #step(text: Text): boolean {
    let beside: Text | undefined;
    for (const other of this.#texts)
      if (other !== text && leftOf(other) > (beside === undefined ? worthBlocks - 1 : leftOf(beside))) beside = other;
    if (beside === undefined) return false;
    this.#together(text, beside, Math.min(leftOf(text), leftOf(beside)));
    return true;
  }

  #together(one: Text, other: Text, blocks: number): void {
    const states = this.#states;
    for (let i = 0; i < initial.length; i += 1) {
      states[8 * i] = one.state[i] ?? 0;
      states[8 * i + 1] = other.state[i] ?? 0;
    }
    this.#inputs[0] = this.#addressOf(one);
    this.#inputs[2] = this.#addressOf(other);
    this.#inputs[1] = this.#inputs[3] = BigInt(blocks);
    this.#calls.together(bytesOf(states), bytesOf(this.#inputs), 1);
    for (let i = 0; i < initial.length; i += 1) {
      one.state[i] = states[8 * i] ?? 0;
      other.state[i] = states[8 * i + 1] ?? 0;
    }
    one.done += blocks;
    other.done += blocks;
  }

  #addressOf({ bytes, done }: Text): bigint {
    return bytes === undefined ? 0n : this.#calls.address(bytes) + BigInt(done * blockBytes);
  }

  /** What a text has more than was hashed with others. */
  #rest({ state, done }: Text, bytes: Uint8Array): string {
    const { init, update, final } = this.#calls;
    init(this.#context);
    this.#words.set(state);
    const bits = done * blockBytes * 8;
    this.#words[8] = bits % 2 ** 32;
    this.#words[9] = Math.floor(bits / 2 ** 32);
    const rest = bytes.subarray(done * blockBytes);
    if (rest.byteLength > 0) update(this.#context, rest, rest.byteLength);
    final(this.#hash, this.#context);
    return this.#hash.toString('hex');
  }
}

export const bytesOf = ({ buffer, byteOffset, byteLength }: Uint32Array | BigInt64Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** Whether both hashes of texts of different lengths are right, whichever ends first. */
const isRight = (pair: HashPair): boolean => {
  const [long, short] = [Buffer.alloc(40_000, 'long'), Buffer.alloc(20_001, 'short')];
  pair.begin(0, long);
  pair.begin(1, short);
  const second = pair.end(1);
  return pair.end(0) === hash('sha256', long) && second === hash('sha256', short);
};

export const hashPairCalls = callTable((library): Calls | undefined => {
  try {
    const isKnown = arch() === 'x64' && majorVersion(library) === 3 && hasInstructions(library);
    const bound = isKnown ? bind(library) : undefined;
    return bound && isRight(new NativeHashPair(bound)) ? bound : undefined;
  } catch {
    return undefined;
  }
});

/** `undefined` where Node does not give these functions away, they are not right, or nothing would be gained. */
export const nativeHashPair = (): HashPair | undefined => {
  const bound = hashPairCalls();
  return bound && new NativeHashPair(bound);
};
