import { corrupt } from './corrupt.ts';
import { encodeRune } from './go-json.ts';

const deepest = 64;
const maxUint64 = 2n ** 64n - 1n;

/**
 * A JSON text read piece by piece, over a string with one byte a unit: strings come out as bytes, and integers of 64 bits whole. Every
 * mistake is CORRUPT. The strings that it gives may keep the whole text alive for as long as they are held.
 */
export class JsonReader {
  readonly #text: string;
  #at = 0;
  /** No member or element was read since the opening bracket. */
  #fresh = false;
  /** Where the next backslash is; up to there a string needs no decoding. */
  #backslash: number;
  #small = 0;

  constructor(text: string) {
    this.#text = text;
    this.#backslash = text.indexOf('\\');
  }

  /** How much is read. */
  get at(): number {
    return this.#at;
  }

  fail(what: string): never {
    throw corrupt(`${what} at byte ${this.#at}`);
  }

  /** Steps into an object; then `key` until it gives `undefined`, and after each key exactly one value. */
  beginObject(): void {
    this.#expect(0x7b, 'expected an object');
    this.#fresh = true;
  }

  key(): string | undefined {
    if (!this.#another(0x7d)) return undefined;
    const key = this.string();
    this.#expect(0x3a, 'expected a colon');
    return key;
  }

  /** Steps into a list; then one value for each `element` that is true. */
  beginArray(): void {
    this.#expect(0x5b, 'expected a list');
    this.#fresh = true;
  }

  element(): boolean {
    return this.#another(0x5d);
  }

  /** Steps over `null`, if that is next. */
  null(): boolean {
    if (this.#peek() !== 0x6e) return false;
    if (!this.#text.startsWith('null', this.#at)) this.fail('expected a value');
    this.#at += 4;
    return true;
  }

  /** The bytes of a string. */
  string(): string {
    this.#expect(0x22, 'expected a string');
    const start = this.#at;
    if (this.#backslash !== -1 && this.#backslash < start) this.#backslash = this.#text.indexOf('\\', start);
    const end = this.#text.indexOf('"', start);
    if (end === -1) this.fail('a string does not end');
    if (this.#backslash === -1 || this.#backslash > end) {
      this.#at = end + 1;
      return this.#text.slice(start, end);
    }
    return this.#escapedString(start);
  }

  /** A string of exactly 64 lower-case hex digits, the id of a blob or an object; `undefined` when another value stands there. */
  id(): string | undefined {
    this.#peek();
    const start = this.#at + 1;
    const end = start + 64;
    if (this.#text.charCodeAt(start - 1) !== 0x22 || this.#text.charCodeAt(end) !== 0x22) return undefined;
    for (let at = start; at < end; at += 1) {
      const unit = this.#text.charCodeAt(at);
      if (!((unit >= 0x30 && unit <= 0x39) || (unit >= 0x61 && unit <= 0x66))) return undefined;
    }
    this.#at = end + 1;
    return this.#text.slice(start, end);
  }

  /** An integer from 0 to `max`, which is at most 2^53 - 1. */
  integer(max: number): number {
    const start = this.#skipDigits();
    const value = this.#at - start > 16 ? Infinity : this.#small;
    if (value > max) this.fail('a number is too large');
    return value;
  }

  /** An integer from 0 to 2^64 - 1. */
  uint64(): bigint {
    const start = this.#skipDigits();
    const length = this.#at - start;
    if (length <= 15) return BigInt(this.#small);
    const value = length > 20 ? maxUint64 + 1n : BigInt(this.#text.slice(start, this.#at));
    if (value > maxUint64) this.fail('a number is too large');
    return value;
  }

  /** Steps over any value and gives its text as it stands there. */
  raw(): string {
    this.#peek();
    const start = this.#at;
    this.skip();
    return this.#text.slice(start, this.#at);
  }

  /** Steps over any value. */
  skip(depth = 0): void {
    if (depth > deepest) this.fail('brackets are nested too deeply');
    const first = this.#peek();
    if (first === 0x7b) {
      this.beginObject();
      while (this.key() !== undefined) this.skip(depth + 1);
    } else if (first === 0x5b) {
      this.beginArray();
      while (this.element()) this.skip(depth + 1);
    } else if (first === 0x22) {
      this.string();
    } else {
      scalar.lastIndex = this.#at;
      const match = scalar.exec(this.#text);
      if (match === null) this.fail('expected a value');
      this.#at += match[0].length;
    }
  }

  /** Nothing but white space may be left. */
  end(): void {
    if (!Number.isNaN(this.#peek())) this.fail('expected the end');
  }

  #peek(): number {
    let unit = this.#text.charCodeAt(this.#at);
    while (unit === 0x20 || unit === 0x0a || unit === 0x0d || unit === 0x09) {
      this.#at += 1;
      unit = this.#text.charCodeAt(this.#at);
    }
    return unit;
  }

  #expect(unit: number, otherwise: string): void {
    if (this.#text.charCodeAt(this.#at) !== unit && this.#peek() !== unit) this.fail(otherwise);
    this.#at += 1;
  }

  #another(close: number): boolean {
    const next = this.#peek();
    const fresh = this.#fresh;
    this.#fresh = false;
    if (next === close) {
      this.#at += 1;
      return false;
    }
    if (!fresh) this.#expect(0x2c, 'expected a comma');
    return true;
  }

  /** Steps over the digits of an integer and gives where they began; their value, as far as a double has it, is in `#small`. */
  #skipDigits(): number {
    let unit = this.#peek();
    const start = this.#at;
    this.#small = 0;
    while (unit >= 0x30 && unit <= 0x39) {
      this.#small = this.#small * 10 + (unit - 0x30);
      this.#at += 1;
      unit = this.#text.charCodeAt(this.#at);
    }
    const extended = unit === 0x2e || unit === 0x65 || unit === 0x45;
    const zeros = this.#text.charCodeAt(start) === 0x30 && this.#at > start + 1;
    if (this.#at === start || extended || zeros) this.fail('expected an integer');
    return start;
  }

  #escapedString(start: number): string {
    let out = '';
    let from = start;
    for (let at = start; ; at += 1) {
      const unit = this.#text.charCodeAt(at);
      if (unit === 0x22) {
        this.#at = at + 1;
        return out + this.#text.slice(from, at);
      }
      if (Number.isNaN(unit)) this.fail('a string does not end');
      if (unit !== 0x5c) continue;
      out += this.#text.slice(from, at);
      this.#at = at;
      out += this.#escape();
      from = this.#at;
      at = from - 1;
    }
  }

  /** The escape at the current place; steps over it. */
  #escape(): string {
    const kind = this.#text.charAt(this.#at + 1);
    const short = jsonEscapes[kind];
    if (short !== undefined) {
      this.#at += 2;
      return short;
    }
    const unit = this.#codeUnit();
    if (unit < 0xd800 || unit >= 0xe000) return encodeRune(unit) ?? replacement;
    const high = unit < 0xdc00 && this.#text.startsWith('\\u', this.#at);
    if (!high) return replacement;
    const before = this.#at;
    const low = this.#codeUnit();
    if (low >= 0xdc00 && low < 0xe000)
      return encodeRune(0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00)) ?? replacement;
    this.#at = before;
    return replacement;
  }

  #codeUnit(): number {
    unicode.lastIndex = this.#at;
    const digits = unicode.exec(this.#text)?.[1];
    if (digits === undefined) this.fail('a string has an unknown escape');
    this.#at += 6;
    return Number.parseInt(digits, 16);
  }
}

/** U+FFFD in UTF-8, which Go puts for a surrogate that stands alone. */
const replacement = '\xef\xbf\xbd';
const unicode = /\\u([0-9a-fA-F]{4})/y;
const scalar = /true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const jsonEscapes: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};
