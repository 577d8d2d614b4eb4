/**
 * Names are bytes. A name is held as a string with one byte a unit ("latin1", as `readdir({ encoding: 'latin1' })` gives it):
 * exact for names that are not UTF-8, and `<` on such strings is byte order, which is the order that restic's trees need.
 */
declare const byteString: unique symbol;
export type ByteName = string & { readonly [byteString]: 'name' | 'path' };
/** Names joined by `/`; relative unless a function says otherwise. */
export type BytePath = ByteName;

/** From text that a person typed (UTF-8). */
export const bytesFromText = (text: string): ByteName => Buffer.from(text, 'utf8').toString('latin1') as ByteName;

/** From raw bytes. */
export const bytesFromBuffer = (bytes: Uint8Array): ByteName =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1') as ByteName;

/** To raw bytes, e.g. a path for `node:fs`. */
export const bufferFromBytes = (name: ByteName): Buffer => Buffer.from(name, 'latin1');

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * For a person: UTF-8 where it is UTF-8, `\xff` for a byte that is not, and the bytes of control characters and of what would turn round or
 * break the text that follows: a name must not lie about itself. A backslash stands for itself, but is `\x5c` where it could be taken for
 * the beginning of such a byte: no two names are shown alike, and `bytesFromShown` takes each back.
 */
export const textFromBytes = (name: ByteName): string => {
  const bytes = bufferFromBytes(name.replace(/\\(?=x[0-9a-f]{2})/g, hexOf) as ByteName);
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    text = decodeLossless(bytes);
  }
  return text.replace(unprintable, hexOf);
};

/** The name that `textFromBytes` shows like this. */
export const bytesFromShown = (shown: string): ByteName =>
  bytesFromText(shown).replace(/\\x([0-9a-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  ) as ByteName;

// oxlint-disable-next-line no-control-regex -- these are exactly the characters that must not reach a terminal
const unprintable = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

const hexOf = (char: string): string => [...Buffer.from(char)].map(hexOfByte).join('');
const hexOfByte = (byte: number): string => `\\x${byte.toString(16).padStart(2, '0')}`;

/** Text for one line of a terminal, with its control characters escaped, and what would turn round or break the text that follows. */
export const printable = (text: string): string =>
  text.replace(unprintable, (char) => (char === '\n' ? '\\n' : char === '\t' ? '\\t' : hexOf(char)));

/** Decodes the longest valid pieces and writes every other byte as `\xNN`. */
const decodeLossless = (bytes: Buffer): string => {
  let text = '';
  for (let i = 0; i < bytes.length;) {
    const length = sequenceLength(bytes[i] ?? 0);
    const piece = bytes.subarray(i, i + length);
    try {
      text += decoder.decode(piece);
      i += length;
    } catch {
      text += hexOfByte(bytes[i] ?? 0);
      i += 1;
    }
  }
  return text;
};

const sequenceLength = (first: number): number => (first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4);

/** `a` and `b` joined by a slash; an empty `a` is the root. */
export const joinBytes = (a: BytePath, b: BytePath): BytePath => (a === '' ? b : `${a}/${b}`) as BytePath;

/** 64 lower-case hex digits: the SHA-256 that names a blob or an object. */
export const isId = (text: string): boolean => /^[0-9a-f]{64}$/.test(text);
