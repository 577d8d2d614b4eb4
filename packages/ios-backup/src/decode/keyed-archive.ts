import { BackupError } from '@triplicate/core';
import { PlistReal, PlistUid, asArray, asData, asDictionary, asNumber, asString, asUid } from '@triplicate/plist';
import type { PlistDictionary, PlistLimits, PlistValue } from '@triplicate/plist';
import { dateFromCocoa } from './apple-time.ts';
import { readDictionary } from './read-plist.ts';

const limits: PlistLimits = { maxBytes: 16 * 1024 * 1024, maxObjects: 200_000, maxDepth: 32 };
const deepest = 64;
const mostObjects = 100_000;

/** An object of a class that is not a plain container: its class and its fields by name. */
export class ArchivedObject {
  readonly className: string;
  readonly fields: ReadonlyMap<string, ArchivedValue>;

  constructor(className: string, fields: ReadonlyMap<string, ArchivedValue>) {
    this.className = className;
    this.fields = fields;
  }
}

/** Strings, numbers, data and dates as themselves; arrays and sets as arrays; dictionaries as maps with text keys; NSNull as null. */
export type ArchivedValue =
  | string
  | number
  | boolean
  | bigint
  | Uint8Array
  | Date
  | null
  | undefined
  | readonly ArchivedValue[]
  | ReadonlyMap<string, ArchivedValue>
  | ArchivedObject;

/**
 * Unpacks what NSKeyedArchiver wrote and gives the object at `root` (or the first one of `$top`). An object that contains itself is
 * `undefined` inside; the same object twice is unpacked once. CORRUPT beyond the limits or when it is no archive.
 */
export const unarchive = (bytes: Uint8Array): ArchivedValue => {
  const archive = readDictionary(bytes, 'a keyed archive', limits);
  const objects = asArray(archive['$objects']);
  const top = asDictionary(archive['$top']);
  if (objects === undefined || top === undefined) throw new BackupError('CORRUPT', 'a keyed archive has no objects');
  const root = top['root'] ?? Object.values(top)[0];
  return new Unarchiver(objects).value(root, 0);
};

class Unarchiver {
  readonly #objects: readonly PlistValue[];
  readonly #done = new Map<number, ArchivedValue>();
  #count = 0;

  constructor(objects: readonly PlistValue[]) {
    this.#objects = objects;
  }

  value(value: PlistValue | undefined, depth: number): ArchivedValue {
    if (depth > deepest) throw new BackupError('CORRUPT', 'a keyed archive is nested too deeply');
    if (++this.#count > mostObjects) throw new BackupError('CORRUPT', 'a keyed archive has too many objects');
    if (value instanceof PlistUid) return this.#object(value.value, depth);
    if (value instanceof PlistReal) return value.value;
    if (Array.isArray(value)) return (value as readonly PlistValue[]).map((item) => this.value(item, depth + 1));
    const dictionary = asDictionary(value);
    if (dictionary !== undefined) return this.#fields(dictionary, depth);
    return value === '$null' ? undefined : (value as Exclude<typeof value, PlistDictionary | readonly PlistValue[]>);
  }

  #object(index: number, depth: number): ArchivedValue {
    if (this.#done.has(index)) return this.#done.get(index);
    this.#done.set(index, undefined);
    const raw = this.#objects[index];
    const dictionary = asDictionary(raw);
    const value = dictionary === undefined ? this.value(raw, depth + 1) : this.#instance(dictionary, depth + 1);
    this.#done.set(index, value);
    return value;
  }

  #instance(raw: PlistDictionary, depth: number): ArchivedValue {
    const name = this.#className(raw);
    const plain = name.replace('Mutable', '');
    if (plain === 'NSArray' || plain === 'NSSet' || plain === 'NSOrderedSet')
      return this.#list(raw['NS.objects'], depth);
    if (plain === 'NSDictionary') return this.#dictionary(raw, depth);
    if (plain === 'NSString' || plain === 'NSAttributedString') return this.#words(raw, depth);
    if (plain === 'NSData') return asData(raw['NS.data']) ?? this.value(raw['NS.data'], depth);
    if (plain === 'NSDate') return dateFromCocoa(asNumber(raw['NS.time']));
    if (plain === 'NSURL') return this.#url(raw, depth);
    if (plain === 'NSNull') return null;
    return new ArchivedObject(name, this.#fields(raw, depth));
  }

  #list(value: PlistValue | undefined, depth: number): readonly ArchivedValue[] {
    return (asArray(value) ?? []).map((item) => this.value(item, depth + 1));
  }

  #dictionary(raw: PlistDictionary, depth: number): Map<string, ArchivedValue> {
    const keys = this.#list(raw['NS.keys'], depth);
    const values = asArray(raw['NS.objects']) ?? [];
    const map = new Map<string, ArchivedValue>();
    keys.forEach((key, at) => {
      if (typeof key === 'string' || typeof key === 'number') map.set(String(key), this.value(values[at], depth + 1));
    });
    return map;
  }

  #words(raw: PlistDictionary, depth: number): ArchivedValue {
    const own = this.value(raw['NS.string'] ?? raw['NSString'], depth + 1);
    if (typeof own === 'string') return own;
    return asData(raw['NS.bytes'])?.toString('utf8');
  }

  #url(raw: PlistDictionary, depth: number): ArchivedValue {
    const [base, relative] = [this.value(raw['NS.base'], depth + 1), this.value(raw['NS.relative'], depth + 1)];
    if (typeof relative !== 'string') return undefined;
    return typeof base === 'string' ? (URL.parse(relative, base)?.href ?? relative) : relative;
  }

  #fields(raw: PlistDictionary, depth: number): Map<string, ArchivedValue> {
    const fields = new Map<string, ArchivedValue>();
    for (const [name, value] of Object.entries(raw))
      if (name !== '$class') fields.set(name, this.value(value, depth + 1));
    return fields;
  }

  #className(raw: PlistDictionary): string {
    const at = asUid(raw['$class']);
    return asString(asDictionary(at === undefined ? undefined : this.#objects[at])?.['$classname']) ?? '';
  }
}
