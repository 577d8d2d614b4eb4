import type { ByteName } from '../bytes.ts';
import { isPrintable } from './printable.ts';

// Text as Go writes it, over strings with one byte a unit: strconv.Quote for names, encoding/json (Go 1.22 and later) around everything.

/** What neither Quote nor JSON changes: printable ASCII without `"`, `\`, `<`, `>` and `&`. */
const plain = /^[ !#-%'-;=?-[\]-~]*$/;
const hasSpecial = /[^ !#-%'-;=?-[\]-~]/;

/** `bytes` as a JSON string with its quotes, as `json.Marshal` writes it: HTML characters escaped, bytes that are no UTF-8 lost. */
export const jsonString = (bytes: string): string => (plain.test(bytes) ? `"${bytes}"` : `"${escapeJson(bytes)}"`);

const jsonEscapes: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

const escapeJson = (bytes: string): string => {
  let out = '';
  for (let at = 0; at < bytes.length;) {
    const unit = bytes.charCodeAt(at);
    const width = unit < 0x80 ? 1 : widthAt(bytes, at);
    const piece = bytes.slice(at, at + width);
    if (width === 0) out += '\\ufffd';
    else if (unit < 0x80) out += escapeAscii(piece, unit);
    else out += piece === '\xe2\x80\xa8' ? '\\u2028' : piece === '\xe2\x80\xa9' ? '\\u2029' : piece;
    at += width || 1;
  }
  return out;
};

const escapeAscii = (character: string, unit: number): string => {
  const short = jsonEscapes[character];
  if (short !== undefined) return short;
  const literal = unit >= 0x20 && character !== '<' && character !== '>' && character !== '&';
  return literal ? character : `\\u00${hex(unit, 2)}`;
};

/** What `strconv.Quote` puts between its quotes; reversible for all bytes. */
export const quoteName = (bytes: ByteName): ByteName => {
  if (!hasSpecial.test(bytes)) return bytes;
  let out = '';
  for (let at = 0; at < bytes.length;) {
    const width = widthAt(bytes, at);
    out += width === 0 ? `\\x${hex(bytes.charCodeAt(at), 2)}` : quoteRune(bytes.slice(at, at + width));
    at += width || 1;
  }
  return out as ByteName;
};

const quoteEscapes: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};

const quoteRune = (piece: string): string => {
  const short = quoteEscapes[piece];
  if (short !== undefined) return short;
  const point = codePointOf(piece);
  if (isPrintable(point)) return piece;
  if (point < 0x20 || point === 0x7f) return `\\x${hex(point, 2)}`;
  return point < 0x10000 ? `\\u${hex(point, 4)}` : `\\U${hex(point, 8)}`;
};

const shortEscapes: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
  '"': '"',
};

const escapePattern =
  /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|([abfnrtv\\"]))|["\n\\]/g;

/** The bytes that `strconv.Unquote` finds between the quotes; `undefined` where it finds a syntax error. */
export const unquoteName = (text: string): ByteName | undefined => {
  if (!text.includes('\\') && !text.includes('"') && !text.includes('\n')) return text as ByteName;
  let valid = true;
  // oxlint-disable-next-line max-params -- the shape of a replacer is given
  const bytes = text.replace(escapePattern, (_match, byte, rune4, rune8, octal, short) => {
    if (short !== undefined) return shortEscapes[short as string] ?? '';
    if (byte !== undefined) return String.fromCharCode(Number.parseInt(byte as string, 16));
    if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal as string, 8));
    const rune = ((rune4 ?? rune8) as string | undefined) ?? '';
    const encoded = rune === '' ? undefined : encodeRune(Number.parseInt(rune, 16));
    valid &&= encoded !== undefined;
    return encoded ?? '';
  });
  return valid ? (bytes as ByteName) : undefined;
};

/** UTF-8 of a code point, one byte a unit; `undefined` for a surrogate and beyond Unicode. */
export const encodeRune = (point: number): string | undefined => {
  if (point < 0x80) return String.fromCharCode(point);
  if (point < 0x800) return String.fromCharCode(0xc0 | (point >> 6), 0x80 | (point & 0x3f));
  if ((point >= 0xd800 && point < 0xe000) || point > 0x10ffff) return undefined;
  const low = String.fromCharCode(0x80 | ((point >> 6) & 0x3f), 0x80 | (point & 0x3f));
  if (point < 0x10000) return String.fromCharCode(0xe0 | (point >> 12)) + low;
  return String.fromCharCode(0xf0 | (point >> 18), 0x80 | ((point >> 12) & 0x3f)) + low;
};

/** Whether `bytes` is UTF-8 as Go has it: no surrogates, no overlong forms. */
export const isUtf8 = (bytes: string): boolean => {
  for (let at = 0; at < bytes.length;) {
    const width = bytes.charCodeAt(at) < 0x80 ? 1 : widthAt(bytes, at);
    if (width === 0) return false;
    at += width;
  }
  return true;
};

/** How many bytes the UTF-8 sequence at `at` has; 0 when there is none. */
const widthAt = (bytes: string, at: number): number => {
  const first = bytes.charCodeAt(at);
  if (first < 0x80) return 1;
  const width =
    first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xf0 && first < 0xf5 ? 4 : 0;
  if (width === 0 || at + width > bytes.length) return 0;
  for (let i = 1; i < width; i += 1) if ((bytes.charCodeAt(at + i) & 0xc0) !== 0x80) return 0;
  const second = bytes.charCodeAt(at + 1);
  const overlong = (first === 0xe0 && second < 0xa0) || (first === 0xf0 && second < 0x90);
  const outside = (first === 0xed && second >= 0xa0) || (first === 0xf4 && second >= 0x90);
  return overlong || outside ? 0 : width;
};

const codePointOf = (piece: string): number => {
  if (piece.length === 1) return piece.charCodeAt(0);
  let point = piece.charCodeAt(0) & (0xff >> (piece.length + 1));
  for (let i = 1; i < piece.length; i += 1) point = (point << 6) | (piece.charCodeAt(i) & 0x3f);
  return point;
};

const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, '0');

/** Text as a string with one byte a unit; lone surrogates become U+FFFD. */
export const bytesOfText = (text: string): string =>
  hasSpecial.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text;

/** The reverse; bytes that are no UTF-8 become U+FFFD. */
export const textOfBytes = (bytes: string): string =>
  // oxlint-disable-next-line no-control-regex -- ASCII as a whole
  /^[\x00-\x7f]*$/.test(bytes) ? bytes : Buffer.from(bytes, 'latin1').toString('utf8');

/** A plain value as `json.Marshal` writes it. For objects that are not on the hot path. */
export const goJson = (value: unknown): Buffer => {
  const json = JSON.stringify(value, (_key, item: unknown) => (typeof item === 'string' ? item.toWellFormed() : item));
  return Buffer.from(
    json.replace(/[<>&\u2028\u2029]/g, (c) => `\\u${hex(c.charCodeAt(0), 4)}`),
    'utf8',
  );
};
