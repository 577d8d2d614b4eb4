import { PlistError } from './error.ts';
import { Budget, type ResolvedLimits } from './limits.ts';
import { appleEpochSeconds, fromBigInt, PlistReal, PlistUid, type PlistValue } from './value.ts';

// The format (CFBinaryPList.c): "bplist00", objects, a table of their offsets, and a trailer of 32 bytes.

const headerLength = 8;
const trailerLength = 32;

interface Decoded {
  readonly value: PlistValue;
  /** Values inside, itself included, each as often as it is referred to: a chain of shared arrays is small here and huge when walked. */
  readonly weight: number;
}

export const readBinaryPlist = (bytes: Uint8Array, limits: ResolvedLimits): PlistValue =>
  new BinaryReader(bytes, limits).top();

class BinaryReader {
  readonly #bytes: Buffer;
  readonly #limits: ResolvedLimits;
  readonly #budget: Budget;
  readonly #offsetSize: number;
  readonly #referenceSize: number;
  readonly #count: number;
  readonly #top: number;
  readonly #table: number;
  readonly #done = new Map<number, Decoded>();
  readonly #open = new Set<number>();

  constructor(input: Uint8Array, limits: ResolvedLimits) {
    this.#bytes = Buffer.from(input.buffer, input.byteOffset, input.byteLength);
    this.#limits = limits;
    this.#budget = new Budget(limits);
    const length = this.#bytes.length;
    if (length < headerLength + trailerLength + 2) throw new PlistError('binary property list cut short');
    const trailer = length - trailerLength;
    this.#offsetSize = this.#bytes.readUInt8(trailer + 6);
    this.#referenceSize = this.#bytes.readUInt8(trailer + 7);
    this.#count = this.#wide(trailer + 8);
    this.#top = this.#wide(trailer + 16);
    this.#table = this.#wide(trailer + 24);
    this.#checkTrailer(trailer);
  }

  top(): PlistValue {
    return this.#object(this.#top, 0).value;
  }

  #checkTrailer(trailer: number): void {
    const size = (n: number): boolean => n >= 1 && n <= 8;
    if (!size(this.#offsetSize) || !size(this.#referenceSize))
      throw new PlistError('binary property list with impossible sizes');
    if (this.#count < 1 || this.#top >= this.#count) throw new PlistError('binary property list without a top object');
    if (this.#table < headerLength + 1 || this.#table + this.#count * this.#offsetSize > trailer)
      throw new PlistError('binary property list whose offset table lies outside');
    if (this.#count > this.#limits.maxObjects)
      throw new PlistError(`property list with more than ${this.#limits.maxObjects} values`);
  }

  #object(index: number, depth: number): Decoded {
    const known = this.#done.get(index);
    if (known) {
      this.#budget.spend(known.weight);
      return known;
    }
    if (index >= this.#count) throw new PlistError('binary property list that refers to an object it does not have');
    if (this.#open.has(index)) throw new PlistError('binary property list that contains itself');
    this.#budget.spend(1);
    this.#budget.enter(depth);
    this.#open.add(index);
    const decoded = this.#decode(this.#offsetOf(index), depth);
    this.#open.delete(index);
    this.#done.set(index, decoded);
    return decoded;
  }

  #decode(offset: number, depth: number): Decoded {
    const marker = this.#bytes.readUInt8(offset);
    const low = marker & 0x0f;
    switch (marker >> 4) {
      case 0xa:
      case 0xb:
      case 0xc:
        return this.#array(offset, low, depth);
      case 0xd:
        return this.#dictionary(offset, low, depth);
      default:
        return { value: this.#scalar(offset, marker), weight: 1 };
    }
  }

  #scalar(offset: number, marker: number): PlistValue {
    const low = marker & 0x0f;
    switch (marker >> 4) {
      case 0x0:
        if (low === 0x8 || low === 0x9) return low === 0x9;
        break;
      case 0x1:
        if (low <= 4) return this.#integer(offset + 1, 1 << low);
        break;
      case 0x2:
        if (low === 2 || low === 3) return this.#real(offset + 1, low === 2 ? 4 : 8);
        break;
      case 0x3:
        if (low === 3) return this.#date(offset + 1);
        break;
      case 0x4:
        return this.#counted(offset, low, 1);
      case 0x5:
        return this.#counted(offset, low, 1).toString('latin1');
      case 0x6:
        return Buffer.from(this.#counted(offset, low, 2))
          .swap16()
          .toString('utf16le');
      case 0x7:
        return this.#counted(offset, low, 1).toString('utf8');
      case 0x8:
        return this.#uid(offset + 1, low + 1);
    }
    throw new PlistError(
      `binary property list with an unknown kind of object 0x${marker.toString(16).padStart(2, '0')}`,
    );
  }

  #array(offset: number, low: number, depth: number): Decoded {
    const { length, start } = this.#size(offset, low);
    this.#inside(start, length * this.#referenceSize);
    this.#budget.enter(depth + 1);
    const value: PlistValue[] = [];
    let weight = 1;
    for (let i = 0; i < length; i++) {
      const item = this.#object(this.#reference(start, i), depth + 1);
      weight += item.weight;
      value.push(item.value);
    }
    return { value, weight };
  }

  #dictionary(offset: number, low: number, depth: number): Decoded {
    const { length, start } = this.#size(offset, low);
    this.#inside(start, length * 2 * this.#referenceSize);
    this.#budget.enter(depth + 1);
    const value = Object.create(null) as Record<string, PlistValue>;
    let weight = 1;
    for (let i = 0; i < length; i++) {
      const key = this.#object(this.#reference(start, i), depth + 1).value;
      if (typeof key !== 'string') throw new PlistError('binary property list with a key that is no string');
      const item = this.#object(this.#reference(start, length + i), depth + 1);
      weight += item.weight + 1;
      value[key] = item.value;
    }
    return { value, weight };
  }

  /** The length that the low half of a marker gives, or the integer that follows it. */
  #size(offset: number, low: number): { readonly length: number; readonly start: number } {
    if (low !== 0xf) return { length: low, start: offset + 1 };
    this.#inside(offset + 1, 1);
    const marker = this.#bytes.readUInt8(offset + 1);
    if (marker >> 4 !== 1 || (marker & 0x0f) > 3)
      throw new PlistError('binary property list with an impossible length');
    const width = 1 << (marker & 0x0f);
    const length = this.#unsigned(offset + 2, width);
    return { length, start: offset + 2 + width };
  }

  #counted(offset: number, low: number, unit: number): Buffer {
    const { length, start } = this.#size(offset, low);
    this.#inside(start, length * unit);
    return this.#bytes.subarray(start, start + length * unit);
  }

  /** One, two and four bytes are unsigned, eight and sixteen are two's complement. */
  #integer(at: number, width: number): number | bigint {
    this.#inside(at, width);
    if (width <= 4) return this.#bytes.readUIntBE(at, width);
    if (width === 8) return fromBigInt(this.#bytes.readBigInt64BE(at));
    return fromBigInt((this.#bytes.readBigInt64BE(at) << 64n) | this.#bytes.readBigUInt64BE(at + 8));
  }

  #real(at: number, width: 4 | 8): number | PlistReal {
    this.#inside(at, width);
    const value = width === 4 ? this.#bytes.readFloatBE(at) : this.#bytes.readDoubleBE(at);
    return this.#limits.reals === 'wrapped' ? new PlistReal(value, width) : value;
  }

  #date(at: number): Date {
    this.#inside(at, 8);
    const date = new Date(Math.round((this.#bytes.readDoubleBE(at) + appleEpochSeconds) * 1000));
    if (Number.isNaN(date.getTime())) throw new PlistError('property list with an impossible date');
    return date;
  }

  #uid(at: number, width: number): PlistUid {
    if (width > 8) throw new PlistError('binary property list with an impossible UID');
    return new PlistUid(this.#unsigned(at, width));
  }

  #offsetOf(index: number): number {
    const offset = this.#unsigned(this.#table + index * this.#offsetSize, this.#offsetSize, true);
    if (offset < headerLength || offset >= this.#table)
      throw new PlistError('binary property list with an object outside');
    return offset;
  }

  #reference(start: number, position: number): number {
    return this.#unsigned(start + position * this.#referenceSize, this.#referenceSize);
  }

  #unsigned(at: number, width: number, inTable = false): number {
    if (!inTable) this.#inside(at, width);
    return width <= 6 ? this.#bytes.readUIntBE(at, width) : this.#wide(at + width - 8, 8 - width);
  }

  /** Eight bytes as a number; `skip` of them belong to something else. */
  #wide(at: number, skip = 0): number {
    const value = BigInt.asUintN(64 - 8 * skip, this.#bytes.readBigUInt64BE(at));
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new PlistError('binary property list with an impossible number');
    return Number(value);
  }

  #inside(at: number, length: number): void {
    if (at + length > this.#table) throw new PlistError('binary property list with an object that runs outside');
  }
}
