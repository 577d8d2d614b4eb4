import { createHash, hash } from 'node:crypto';
import { blockBytes, bytesOf, type Calls, hashPairCalls, initial, worthBlocks } from './native-hash-pair.ts';

const hashBytes = 32;

/** SHA-256 of bytes that come one behind the other in one place, worked on while other texts are hashed. Nothing that has come may change. */
export interface RunningHash {
  /** So many bytes stand there now. */
  grow(size: number): void;
  /** The hash of another text. */
  beside(text: Uint8Array): Buffer;
  /** Of all that has come. */
  digest(): Buffer;
}

export class PlainRunningHash implements RunningHash {
  readonly #bytes: Uint8Array;
  readonly #hash = createHash('sha256');
  #size = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  grow(size: number): void {
    this.#hash.update(this.#bytes.subarray(this.#size, size));
    this.#size = size;
  }

  beside(text: Uint8Array): Buffer {
    return hash('sha256', text, 'buffer');
  }

  digest(): Buffer {
    return this.#hash.digest();
  }
}

/** What came is hashed with the next text, two streams at a time. */
class NativeRunningHash implements RunningHash {
  readonly #calls: Calls;
  readonly #bytes: Uint8Array;
  readonly #address: bigint;
  readonly #state = Uint32Array.from(initial);
  #size = 0;
  /** Whole blocks. */
  #done = 0;

  constructor(calls: Calls, bytes: Uint8Array) {
    this.#calls = calls;
    this.#bytes = bytes;
    this.#address = calls.address(bytes);
  }

  grow(size: number): void {
    this.#size = size;
  }

  beside(text: Uint8Array): Buffer {
    const waiting = Math.floor(this.#size / blockBytes) - this.#done;
    const blocks = Math.min(Math.floor(text.byteLength / blockBytes), waiting);
    if (blocks < worthBlocks) return hash('sha256', text, 'buffer');
    for (let i = 0; i < initial.length; i += 1) {
      states[8 * i] = initial[i] ?? 0;
      states[8 * i + 1] = this.#state[i] ?? 0;
    }
    inputs[0] = this.#calls.address(text);
    inputs[2] = this.#address + BigInt(this.#done * blockBytes);
    inputs[1] = inputs[3] = BigInt(blocks);
    this.#calls.together(bytesOf(states), bytesOf(inputs), 1);
    for (let i = 0; i < initial.length; i += 1) {
      this.#state[i] = states[8 * i + 1] ?? 0;
      own[i] = states[8 * i] ?? 0;
    }
    this.#done += blocks;
    return rest(this.#calls, own, { bytes: text, done: blocks });
  }

  digest(): Buffer {
    return rest(this.#calls, this.#state, { bytes: this.#bytes.subarray(0, this.#size), done: this.#done });
  }
}

/** Of four lanes, of which two have something to do; word by word, the same one of eight lanes side by side. */
const states = new Uint32Array(8 * 8);
/** Where the bytes of each lane stand, and how many blocks. */
const inputs = new BigInt64Array(4 * 2);
const own = new Uint32Array(8);
const context = Buffer.alloc(128);
const words = new Uint32Array(context.buffer, context.byteOffset, 10);

/** The hash of `bytes`, of which so many blocks led to `state`. */
const rest = (
  { init, update, final }: Calls,
  state: Uint32Array,
  { bytes, done }: { readonly bytes: Uint8Array; readonly done: number },
): Buffer => {
  init(context);
  words.set(state);
  const bits = done * blockBytes * 8;
  words[8] = bits % 2 ** 32;
  words[9] = Math.floor(bits / 2 ** 32);
  const left = bytes.subarray(done * blockBytes);
  if (left.byteLength > 0) update(context, left, left.byteLength);
  const result = Buffer.alloc(hashBytes);
  final(result, context);
  return result;
};

export const runningHash = (bytes: Uint8Array): RunningHash => {
  const calls = hashPairCalls();
  return calls ? new NativeRunningHash(calls, bytes) : new PlainRunningHash(bytes);
};
