import type { ByteName, BytePath } from '../bytes.ts';
import { cLibrary } from '../posix/library.ts';
import { setDigits } from '../transform/wasm/digits.ts';
import { instantiate, type WasmMemory } from '../transform/wasm/webassembly.ts';
import { assembleFolderScan } from './folder-kernel.ts';
import {
  idAt,
  jsonAt,
  jsonBytes,
  marksAt,
  marksBytes,
  ownerAt,
  ownerBytes,
  padding,
  pages,
  pathAt,
  pathBytes,
  settledAt,
} from './folder-kernel/layout.ts';

/** Of the kernel; every address is one in its memory. */
export interface FolderFunctions {
  list(p: number, end: number, out: number, stop: number): number;
  sort(names: number, end: number, spare: number): number;
  find(name: number, names: number, end: number): number;
  match(names: number, end: number, records: number, last: number, rows: number): number;
  tree(p: number, end: number, record: number, stop: number, ownerEnd: number): number;
  judge(record: number, stat: number): number;
}

/** The kernel that compares folders and its memory, which stays where it is. */
export class FolderMemory {
  readonly functions: FolderFunctions;
  /** All of it. */
  readonly words: Uint32Array;
  /** Where the memory stands in the process. */
  readonly base: number;
  /** The id of a blob that is asked for. */
  readonly id: Uint32Array;
  readonly #bytes: Buffer;

  private constructor({ buffer }: WasmMemory, exports: object, base: bigint) {
    this.functions = exports as FolderFunctions;
    this.words = new Uint32Array(buffer);
    this.id = new Uint32Array(buffer, idAt, 8);
    this.base = Number(base);
    this.#bytes = Buffer.from(buffer);
  }

  /** Undefined where WebAssembly or the C library cannot be had. */
  static create(): FolderMemory | undefined {
    const made = instantiate(assembleFolderScan);
    const library = cLibrary();
    if (made === undefined || library === undefined) return undefined;
    try {
      made.memory.grow(pages - 1);
    } catch (error) {
      if (error instanceof RangeError) return undefined;
      throw error;
    }
    setDigits(made.memory);
    return new FolderMemory(made.memory, made.exports, library.address(new Uint8Array(made.memory.buffer)));
  }

  /** The word of 32 bits at an address. */
  word(at: number): number {
    return this.words[at >> 2] ?? 0;
  }

  text(at: number, length: number): string {
    return this.#bytes.toString('latin1', at, at + length);
  }

  /** Up to its NUL. */
  name(at: number): ByteName {
    return this.#bytes.toString('latin1', at, this.#bytes.indexOf(0, at)) as ByteName;
  }

  /** False when there is no room for it. */
  putPath(path: BytePath): boolean {
    return this.#put(path, pathAt, pathBytes) > 0;
  }

  /** Text that nodes have of an owner; gives its end, 0 when there is no room for it. */
  putOwner(text: string): number {
    return this.#put(text, ownerAt, ownerBytes);
  }

  /** Names; gives where each of them stands, `undefined` when there is no room for them. */
  putMarks(names: readonly string[]): readonly number[] | undefined {
    let next = marksAt;
    const places: number[] = [];
    for (const name of names) {
      const end = this.#put(name, next, marksAt + marksBytes - next);
      if (end === 0) return undefined;
      places.push(next);
      next = end + 1;
    }
    return places;
  }

  /** Seconds since 1970. */
  putSettled(seconds: bigint): void {
    this.#bytes.writeBigInt64LE(seconds, settledAt);
  }

  /** The JSON of a tree; gives its end, 0 when there is no room for it. */
  putTree(json: Uint8Array): number {
    if (json.byteLength > jsonBytes) return 0;
    this.#bytes.set(json, jsonAt);
    const end = jsonAt + json.byteLength;
    this.#bytes.fill(0, end, end + padding);
    return end;
  }

  #put(text: string, at: number, room: number): number {
    if (text.length >= room) return 0;
    this.#bytes.write(text, at, 'latin1');
    const end = at + text.length;
    this.#bytes[end] = 0;
    return end;
  }
}
