import { PlistError } from './error.ts';
import { defaultLimits } from './limits.ts';
import { asDictionary } from './read-as.ts';
import { appleEpochSeconds, isWhole, maxInteger, minInteger, PlistReal, PlistUid, type PlistValue } from './value.ts';

/** A value that is written once however often it stands in the list, as CoreFoundation does; or a container of references. */
type Slot = Buffer | { readonly kind: 0xa0 | 0xd0; readonly length: number; readonly references: readonly number[] };

/** Writes `bplist00`. Throws PlistError for integers beyond 128 bits, nesting beyond 128 levels, and values that are none of the types. */
export const writeBinaryPlist = (value: PlistValue): Buffer => {
  const writer = new BinaryWriter();
  writer.add(value, 0);
  return writer.finish();
};

class BinaryWriter {
  readonly #slots: (Slot | undefined)[] = [];
  readonly #strings = new Map<string, number>();
  readonly #scalars = new Map<string, number>();

  add(value: PlistValue, depth: number): number {
    if (typeof value === 'string') return this.#once(this.#strings, value, () => encodeString(value));
    if (Array.isArray(value)) return this.#container(0xa0, [value as readonly PlistValue[]], depth);
    const dictionary = asDictionary(value);
    if (dictionary) return this.#container(0xd0, [Object.keys(dictionary), Object.values(dictionary)], depth);
    const bytes = encodeScalar(value);
    return value instanceof Uint8Array
      ? this.#slots.push(bytes) - 1
      : this.#once(this.#scalars, bytes.toString('latin1'), () => bytes);
  }

  #once(known: Map<string, number>, key: string, encode: () => Buffer): number {
    const index = known.get(key);
    if (index !== undefined) return index;
    const added = this.#slots.push(encode()) - 1;
    known.set(key, added);
    return added;
  }

  #container(kind: 0xa0 | 0xd0, groups: readonly (readonly PlistValue[])[], depth: number): number {
    if (depth >= defaultLimits.maxDepth)
      throw new PlistError(`property list nested deeper than ${defaultLimits.maxDepth} levels`);
    const index = this.#slots.push(undefined) - 1;
    const references = groups.flatMap((group) => group.map((item) => this.add(item, depth + 1)));
    this.#slots[index] = { kind, length: groups[0]?.length ?? 0, references };
    return index;
  }

  finish(): Buffer {
    const referenceSize = widthOf(this.#slots.length);
    const parts: Buffer[] = [Buffer.from('bplist00', 'latin1')];
    const offsets: number[] = [];
    let position = 8;
    for (const slot of this.#slots) {
      if (slot === undefined) throw new PlistError('property list that was not finished');
      const bytes = Buffer.isBuffer(slot) ? slot : encodeContainer(slot, referenceSize);
      offsets.push(position);
      parts.push(bytes);
      position += bytes.length;
    }
    const offsetSize = widthOf(position);
    parts.push(
      packed(offsets, offsetSize),
      trailer({ offsetSize, referenceSize, count: offsets.length, table: position }),
    );
    return Buffer.concat(parts);
  }
}

const encodeContainer = (slot: Exclude<Slot, Buffer>, referenceSize: number): Buffer =>
  Buffer.concat([marker(slot.kind, slot.length), packed(slot.references, referenceSize)]);

const encodeScalar = (value: PlistValue): Buffer => {
  if (typeof value === 'boolean') return Buffer.of(value ? 0x09 : 0x08);
  if (typeof value === 'bigint') return encodeInteger(value);
  if (typeof value === 'number') return isWhole(value) ? encodeInteger(value) : encodeReal(value, 8);
  if (value instanceof PlistReal) return encodeReal(value.value, value.width);
  if (value instanceof Date) return encodeDate(value);
  if (value instanceof PlistUid) return encodeUid(value.value);
  if (value instanceof Uint8Array) return Buffer.concat([marker(0x40, value.byteLength), value]);
  throw new PlistError('a value that a property list cannot hold');
};

const encodeString = (text: string): Buffer => {
  // oxlint-disable-next-line no-control-regex -- ASCII, all of it
  const ascii = /^[\x00-\x7f]*$/.test(text);
  if (ascii) return Buffer.concat([marker(0x50, text.length), Buffer.from(text, 'latin1')]);
  return Buffer.concat([marker(0x60, text.length), Buffer.from(text, 'utf16le').swap16()]);
};

const encodeInteger = (value: number | bigint): Buffer => {
  if (typeof value === 'number' && value >= 0 && value <= 0xffff_ffff) {
    const exponent = value <= 0xff ? 0 : value <= 0xffff ? 1 : 2;
    const bytes = Buffer.alloc(1 + (1 << exponent), 0x10 | exponent);
    bytes.writeUIntBE(value, 1, 1 << exponent);
    return bytes;
  }
  const wide = BigInt(value);
  if (wide >= 0n && wide <= 0xffff_ffffn) return encodeInteger(Number(wide));
  if (wide < minInteger || wide > maxInteger) throw new PlistError('an integer of more than 128 bits');
  if (BigInt.asIntN(64, wide) === wide) {
    const bytes = Buffer.alloc(9, 0x13);
    bytes.writeBigInt64BE(wide, 1);
    return bytes;
  }
  const bytes = Buffer.alloc(17, 0x14);
  bytes.writeBigInt64BE(wide >> 64n, 1);
  bytes.writeBigUInt64BE(BigInt.asUintN(64, wide), 9);
  return bytes;
};

const encodeReal = (value: number, width: 4 | 8): Buffer => {
  const bytes = Buffer.alloc(1 + width, width === 4 ? 0x22 : 0x23);
  if (width === 4) bytes.writeFloatBE(value, 1);
  else bytes.writeDoubleBE(value, 1);
  return bytes;
};

const encodeDate = (date: Date): Buffer => {
  const ms = date.getTime();
  if (Number.isNaN(ms)) throw new PlistError('an impossible date');
  const bytes = Buffer.alloc(9, 0x33);
  bytes.writeDoubleBE(ms / 1000 - appleEpochSeconds, 1);
  return bytes;
};

const encodeUid = (value: number): Buffer => {
  const width = widthOf(value);
  return Buffer.concat([Buffer.of(0x80 | (width - 1)), packed([value], width)]);
};

const marker = (kind: number, length: number): Buffer =>
  length < 0xf ? Buffer.of(kind | length) : Buffer.concat([Buffer.of(kind | 0xf), encodeInteger(length)]);

const widthOf = (value: number): number => (value <= 0xff ? 1 : value <= 0xffff ? 2 : value <= 0xffff_ffff ? 4 : 8);

const packed = (values: readonly number[], width: number): Buffer => {
  const bytes = Buffer.alloc(values.length * width);
  values.forEach((value, i) => {
    if (width === 8) bytes.writeBigUInt64BE(BigInt(value), i * 8);
    else bytes.writeUIntBE(value, i * width, width);
  });
  return bytes;
};

interface Trailer {
  readonly offsetSize: number;
  readonly referenceSize: number;
  readonly count: number;
  readonly table: number;
}

const trailer = ({ offsetSize, referenceSize, count, table }: Trailer): Buffer => {
  const bytes = Buffer.alloc(32);
  bytes.writeUInt8(offsetSize, 6);
  bytes.writeUInt8(referenceSize, 7);
  bytes.writeBigUInt64BE(BigInt(count), 8);
  bytes.writeBigUInt64BE(BigInt(table), 24);
  return bytes;
};
