/** What is kept of an index beside the entries of its blobs, as words of 32 bits in the byte order of this machine. */
import { furtherWords } from './sorted-blobs.ts';

/** An index file: its name, its length in bytes, and the numbers of its packs. */
export interface KeptFile {
  readonly id: string;
  readonly size: number;
  readonly packs: readonly number[];
}

export interface KeptLists {
  /** Names the pieces that the entries stand in. */
  readonly run: string;
  readonly files: readonly KeptFile[];
  /** By their numbers. */
  readonly packs: readonly { readonly id: string; readonly size: number }[];
  readonly entries: number;
  /** As `SortedBlobs` has them. */
  readonly further: Uint32Array;
}

/** Another one of any number is another format, or another byte order. */
const version = 1;
const runBytes = 36;
const idWords = 8;
const packWords = idWords + 1;
const fileWords = idWords + 3;
const headWords = 5 + runBytes / 4;
const highWord = 2 ** 32;

export const encodeLists = ({ run, files, packs, entries, further }: KeptLists): Buffer => {
  const listed = files.reduce((sum, file) => sum + file.packs.length, 0);
  const words = new Uint32Array(
    headWords + files.length * fileWords + listed + packs.length * packWords + further.length,
  );
  const bytes = Buffer.from(words.buffer);
  words.set([version, files.length, packs.length, entries, further.length / furtherWords]);
  bytes.write(run, 5 * 4, 'latin1');
  let at = headWords;
  const put = (id: string, ...values: readonly number[]): void => {
    bytes.write(id, at * 4, 'hex');
    words.set(values, at + idWords);
    at += idWords + values.length;
  };
  for (const { id, size, packs: numbers } of files) {
    put(id, size % highWord, Math.floor(size / highWord), numbers.length);
    words.set(numbers, at);
    at += numbers.length;
  }
  for (const { id, size } of packs) put(id, size);
  words.set(further, at);
  return bytes;
};

/** `undefined` of what was written otherwise. */
export const decodeLists = (bytes: Uint8Array): KeptLists | undefined => {
  // Where it stands need not be a multiple of four.
  const copy = Buffer.from(new Uint8Array(bytes).buffer);
  const words = new Uint32Array(copy.buffer, 0, copy.byteLength >>> 2);
  const word = (index: number): number => words[index] ?? 0;
  if (word(0) !== version) return undefined;
  let at = headWords;
  const idAt = (index: number): string => copy.toString('hex', index * 4, (index + idWords) * 4);
  const files = Array.from({ length: word(1) }, (): KeptFile => {
    const [low, high, count] = [word(at + idWords), word(at + idWords + 1), word(at + idWords + 2)];
    const from = at + fileWords;
    const file = { id: idAt(at), size: high * highWord + low, packs: [...words.subarray(from, from + count)] };
    at = from + count;
    return file;
  });
  const packs = Array.from({ length: word(2) }, () => {
    const pack = { id: idAt(at), size: word(at + idWords) };
    at += packWords;
    return pack;
  });
  const further = words.slice(at, at + word(4) * furtherWords);
  return { run: copy.toString('latin1', 5 * 4, headWords * 4), files, packs, entries: word(3), further };
};
