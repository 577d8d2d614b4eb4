import { PlistError } from './error.ts';
import { Budget, type ResolvedLimits } from './limits.ts';
import { fromBigInt, maxInteger, minInteger, PlistReal, PlistUid, type PlistValue } from './value.ts';
import { type Tag, XmlScanner } from './xml-scanner.ts';
import { decodeXml } from './xml-text.ts';

export const readXmlPlist = (bytes: Uint8Array, limits: ResolvedLimits): PlistValue =>
  new XmlReader(bytes, limits).document();

class XmlReader {
  readonly #scanner: XmlScanner;
  readonly #limits: ResolvedLimits;
  readonly #budget: Budget;

  constructor(bytes: Uint8Array, limits: ResolvedLimits) {
    this.#scanner = new XmlScanner(decodeXml(bytes));
    this.#limits = limits;
    this.#budget = new Budget(limits);
  }

  document(): PlistValue {
    const first = this.#scanner.next();
    if (first === undefined) throw new PlistError('empty property list');
    if (first.name !== 'plist') return this.#end(this.#value(first, 0));
    if (first.kind !== 'open') throw new PlistError('empty property list');
    const value = this.#value(this.#next(), 0);
    const close = this.#next();
    if (close.name !== 'plist' || close.kind !== 'close') throw new PlistError('XML property list with two values');
    return this.#end(value);
  }

  #end(value: PlistValue): PlistValue {
    if (this.#scanner.next() !== undefined) throw new PlistError('XML property list with something after its end');
    return value;
  }

  #next(): Tag {
    const tag = this.#scanner.next();
    if (tag === undefined) throw new PlistError('XML property list cut short');
    return tag;
  }

  #value(tag: Tag, depth: number): PlistValue {
    if (tag.kind === 'close') throw new PlistError(`XML property list with </${tag.name}> where a value belongs`);
    this.#budget.spend(1);
    if (tag.name === 'dict') return tag.kind === 'empty' ? emptyDictionary() : this.#dictionary(depth + 1);
    if (tag.name === 'array') return tag.kind === 'empty' ? [] : this.#array(depth + 1);
    const text = tag.kind === 'empty' ? '' : this.#scanner.content(tag.name);
    return this.#scalar(tag.name, text);
  }

  #array(depth: number): PlistValue[] {
    this.#budget.enter(depth);
    const items: PlistValue[] = [];
    for (;;) {
      const tag = this.#next();
      if (tag.kind === 'close' && tag.name === 'array') return items;
      items.push(this.#value(tag, depth));
    }
  }

  #dictionary(depth: number): PlistValue {
    this.#budget.enter(depth);
    const pairs = emptyDictionary();
    let count = 0;
    for (;;) {
      const tag = this.#next();
      if (tag.kind === 'close' && tag.name === 'dict') break;
      if (tag.name !== 'key' || tag.kind === 'close')
        throw new PlistError('XML property list with a value that has no key');
      this.#budget.spend(1);
      const key = tag.kind === 'empty' ? '' : this.#scanner.content('key');
      pairs[key] = this.#value(this.#next(), depth);
      count += 1;
    }
    const uid = pairs['CF$UID'];
    return count === 1 && typeof uid === 'number' && Number.isSafeInteger(uid) && uid >= 0 ? new PlistUid(uid) : pairs;
  }

  #scalar(name: string, text: string): PlistValue {
    switch (name) {
      case 'string':
        return text;
      case 'integer':
        return readInteger(text.trim());
      case 'real':
        return this.#limits.reals === 'wrapped' ? new PlistReal(readReal(text.trim())) : readReal(text.trim());
      case 'true':
      case 'false':
        return name === 'true';
      case 'date':
        return readDate(text.trim());
      case 'data':
        return readData(text);
      default:
        throw new PlistError(`XML property list with an unknown kind of value <${name}>`);
    }
  }
}

const emptyDictionary = (): Record<string, PlistValue> => Object.create(null) as Record<string, PlistValue>;

const readInteger = (text: string): number | bigint => {
  const match = /^([+-]?)(0x[0-9a-f]{1,32}|[0-9]{1,39})$/i.exec(text);
  if (!match?.[2]) throw new PlistError('XML property list with an impossible integer');
  const value = match[1] === '-' ? -BigInt(match[2]) : BigInt(match[2]);
  if (value < minInteger || value > maxInteger) throw new PlistError('an integer of more than 128 bits');
  return fromBigInt(value);
};

const readReal = (text: string): number => {
  const word = text.toLowerCase();
  if (word === 'nan') return NaN;
  const infinite = /^([+-]?)inf(inity)?$/.exec(word);
  if (infinite) return infinite[1] === '-' ? -Infinity : Infinity;
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(word))
    throw new PlistError('XML property list with an impossible real');
  return Number(word);
};

const readDate = (text: string): Date => {
  const date = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/.test(text) ? new Date(text) : new Date(NaN);
  if (Number.isNaN(date.getTime())) throw new PlistError('property list with an impossible date');
  return date;
};

const readData = (text: string): Buffer => {
  const packed = text.replace(/\s+/g, '');
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(packed)) throw new PlistError('XML property list with data that is not base64');
  return Buffer.from(packed, 'base64');
};
