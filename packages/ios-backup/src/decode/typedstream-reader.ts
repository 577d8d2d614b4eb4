import { BackupError } from '@triplicate/core';

const signed16 = 0x81;
const signed32 = 0x82;
const floating = 0x83;
const fresh = 0x84;
const nil = 0x85;
const endOfObject = 0x86;
/** The first reference; smaller bytes than this (and above 0x86) are plain numbers. */
const firstReference = -110;

export const typedstreamLimits = { bytes: 16 * 1024 * 1024, depth: 64, values: 200_000 } as const;

/** An object of the stream: its class and the classes above it, then the groups of values that it wrote about itself. */
export interface TypedObject {
  readonly classes: readonly string[];
  readonly groups: TypedGroup[];
}
export interface TypedGroup {
  readonly types: string;
  readonly values: readonly TypedValue[];
}
export type TypedValue =
  number | bigint | string | Uint8Array | TypedObject | TypedClass | readonly TypedValue[] | undefined;
export interface TypedClass {
  readonly className: string;
  readonly superclass: TypedClass | undefined;
}

/**
 * Reads Apple's `typedstream` archives (version 4), the form of `attributedBody`. There are two tables of references, each counted from
 * 0x92: one of shared strings (type encodings, class names), one of objects, classes and C strings. Everything is limited: bytes, depth,
 * number of values; whatever does not fit is CORRUPT.
 */
export class TypedstreamReader {
  readonly #data: Buffer;
  #at = 0;
  #values = 0;
  #big = false;
  readonly #strings: Buffer[] = [];
  readonly #objects: TypedValue[] = [];

  constructor(data: Uint8Array) {
    if (data.length > typedstreamLimits.bytes) throw corrupt('it is too large', 0);
    this.#data = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
    this.#header();
  }

  /** Every top-level group of values. */
  readAll(): TypedGroup[] {
    const groups: TypedGroup[] = [];
    while (this.#at < this.#data.length) groups.push(this.#group(0));
    return groups;
  }

  /** The objects that were begun so far, whole or not, in order. */
  get objects(): readonly TypedValue[] {
    return this.#objects;
  }

  #header(): void {
    const version = this.#byte();
    const signature = this.#take(this.#byte()).toString('latin1');
    if (version !== 4 || (signature !== 'streamtyped' && signature !== 'typedstream'))
      throw corrupt('it is no typedstream', 0);
    this.#big = signature === 'typedstream';
    this.#integer(this.#byte());
  }

  #group(depth: number): TypedGroup {
    const types = this.#sharedString()?.toString('latin1');
    if (types === undefined || types.length > 256) throw this.#corrupt('a group has no types');
    const values: TypedValue[] = [];
    for (let at = 0; at < types.length;) {
      const end = typeEnd(types, at);
      values.push(this.#value(types.slice(at, end), depth));
      at = end;
    }
    return { types, values };
  }

  #value(type: string, depth: number): TypedValue {
    if (depth > typedstreamLimits.depth) throw this.#corrupt('it is nested too deeply');
    if (++this.#values > typedstreamLimits.values) throw this.#corrupt('it has too many values');
    switch (type[0]) {
      case '@':
        return this.#object(depth + 1);
      case '#':
        return this.#class(depth + 1);
      case '*':
        return this.#cString();
      case ':':
      case '%':
        return this.#sharedString()?.toString('utf8');
      case '+':
        return this.#unsharedString();
      case 'c':
        return (this.#byte() << 24) >> 24;
      case 'C':
      case 'B':
        return this.#byte();
      case 'f':
      case 'd':
        return this.#float(type === 'f' ? 4 : 8);
      case '[':
        return this.#array(type, depth + 1);
      case '{':
        return this.#struct(type, depth + 1);
      default:
        if ('silq'.includes(type)) return this.#integer(this.#byte());
        if ('SILQ'.includes(type)) return this.#unsigned(this.#byte());
        throw this.#corrupt(`type "${type.slice(0, 20)}" is not known`);
    }
  }

  #object(depth: number): TypedValue {
    const head = this.#byte();
    if (head === nil) return undefined;
    if (head !== fresh) return this.#objects[this.#reference(head, this.#objects.length)];
    const object: { classes: readonly string[]; groups: TypedGroup[] } = { classes: [], groups: [] };
    // An object has its number before its class is read.
    this.#objects.push(object);
    object.classes = chain(this.#class(depth));
    while (this.#data[this.#at] !== endOfObject) object.groups.push(this.#group(depth));
    this.#at++;
    return object;
  }

  #class(depth: number): TypedClass | undefined {
    if (depth > typedstreamLimits.depth) throw this.#corrupt('a class has too many classes above it');
    const head = this.#byte();
    if (head === nil) return undefined;
    if (head !== fresh) {
      const known = this.#objects[this.#reference(head, this.#objects.length)];
      if (isClass(known)) return known;
      throw this.#corrupt('a reference to a class leads to something else');
    }
    const className = this.#sharedString()?.toString('utf8') ?? '';
    this.#integer(this.#byte());
    const made: { className: string; superclass: TypedClass | undefined } = { className, superclass: undefined };
    this.#objects.push(made);
    made.superclass = this.#class(depth + 1);
    return made;
  }

  #cString(): string | undefined {
    const head = this.#byte();
    if (head === nil) return undefined;
    if (head !== fresh) {
      const known = this.#objects[this.#reference(head, this.#objects.length)];
      if (typeof known === 'string') return known;
      throw this.#corrupt('a reference to a string leads to something else');
    }
    const slot = this.#objects.push('') - 1;
    const string = this.#sharedString()?.toString('utf8');
    this.#objects[slot] = string;
    return string;
  }

  #sharedString(): Buffer | undefined {
    const head = this.#byte();
    if (head === nil) return undefined;
    if (head !== fresh) return this.#strings[this.#reference(head, this.#strings.length)];
    const string = this.#unsharedString();
    this.#strings.push(string);
    return string;
  }

  #unsharedString(): Buffer {
    return this.#take(this.#unsigned(this.#byte()));
  }

  #array(type: string, depth: number): TypedValue {
    const [, digits = '0', element = ''] = /^\[(\d{1,9})(.*)\]$/s.exec(type) ?? [];
    const count = Number(digits);
    if (element === 'c' || element === 'C') return this.#take(count);
    if (count > typedstreamLimits.values) throw this.#corrupt('an array is too long');
    return Array.from({ length: count }, () => this.#value(element, depth));
  }

  #struct(type: string, depth: number): TypedValue {
    const inner = /^\{[^=}]*=(.*)\}$/s.exec(type)?.[1] ?? '';
    const values: TypedValue[] = [];
    for (let at = 0; at < inner.length;) {
      const end = typeEnd(inner, at);
      values.push(this.#value(inner.slice(at, end), depth));
      at = end;
    }
    return values;
  }

  #integer(head: number): number {
    if (head === signed16) return this.#big ? this.#take(2).readInt16BE(0) : this.#take(2).readInt16LE(0);
    if (head === signed32) return this.#big ? this.#take(4).readInt32BE(0) : this.#take(4).readInt32LE(0);
    return (head << 24) >> 24;
  }

  #unsigned(head: number): number {
    if (head === signed16) return this.#big ? this.#take(2).readUInt16BE(0) : this.#take(2).readUInt16LE(0);
    if (head === signed32) return this.#big ? this.#take(4).readUInt32BE(0) : this.#take(4).readUInt32LE(0);
    return head;
  }

  #float(size: 4 | 8): number {
    const head = this.#byte();
    if (head !== floating) return this.#integer(head);
    const raw = this.#take(size);
    if (size === 4) return this.#big ? raw.readFloatBE(0) : raw.readFloatLE(0);
    return this.#big ? raw.readDoubleBE(0) : raw.readDoubleLE(0);
  }

  #reference(head: number, known: number): number {
    const index = this.#integer(head) - firstReference;
    if (index < 0 || index >= known) throw this.#corrupt('a reference leads nowhere');
    return index;
  }

  #byte(): number {
    const value = this.#data[this.#at];
    if (value === undefined) throw this.#corrupt('it is cut short');
    this.#at++;
    return value;
  }

  #take(count: number): Buffer {
    if (count < 0 || this.#at + count > this.#data.length) throw this.#corrupt('it is cut short');
    this.#at += count;
    return this.#data.subarray(this.#at - count, this.#at);
  }

  #corrupt(why: string): BackupError {
    return corrupt(why, this.#at);
  }
}

const corrupt = (why: string, at: number): BackupError =>
  new BackupError('CORRUPT', `a typedstream cannot be read at byte ${at}: ${why}`);

const isClass = (value: TypedValue): value is TypedClass => typeof value === 'object' && 'className' in value;

const chain = (first: TypedClass | undefined): string[] => {
  const names: string[] = [];
  for (let at = first; at !== undefined && names.length < typedstreamLimits.depth; at = at.superclass)
    names.push(at.className);
  return names;
};

/** Where the type encoding that begins at `at` ends: `i`, `[12c]`, `{_NSRange=QQ}`. */
const typeEnd = (types: string, at: number): number => {
  if (types[at] !== '[' && types[at] !== '{') return at + 1;
  let open = 0;
  for (let end = at; end < types.length; end++) {
    if (types[end] === '[' || types[end] === '{') open++;
    if ((types[end] === ']' || types[end] === '}') && --open === 0) return end + 1;
  }
  throw corrupt('a type encoding is not closed', at);
};
