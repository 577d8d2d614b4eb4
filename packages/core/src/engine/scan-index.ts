/**
 * Index files read byte by byte into entries of the table. A repository of ten million blobs has more than a gigabyte of their JSON: as
 * objects it would be several times that, and garbage a moment later.
 */
import { sealedOverhead } from '../repository/crypto.ts';
import { headerSizeOf } from '../repository/pack.ts';
import { entryWords, lengthMask, lengthWord, offsetWord } from './blob-entry.ts';
import { type EntriesOfPack, type IndexEntries, lengthWordOf } from './index-entries.ts';
import { BlobScanner } from './blob-scanner.ts';

const bytesOf = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const beginFile = bytesOf('{"packs":[');
const beginId = bytesOf('{"id":"');
const beginBlobs = bytesOf('","blobs":[');
const dataType = bytesOf('","type":"data","offset":');
const treeType = bytesOf('","type":"tree","offset":');
const beginLength = bytesOf(',"length":');
const beginPlain = bytesOf(',"uncompressed_length":');
const comma = 0x2c;
const endList = 0x5d;
const endObject = 0x7d;

const idDigits = 64;
/** The JSON of the shortest blob. */
const leastBlob = beginId.length + idDigits + dataType.length + 1 + beginLength.length + 3;
const plainEntry = headerSizeOf([{ id: '', type: 'data', offset: 0, length: 0 }]) - headerSizeOf([]);
const compressedEntry =
  headerSizeOf([{ id: '', type: 'data', offset: 0, length: 0, uncompressedLength: 1 }]) - headerSizeOf([]);

const nibbles = new Uint8Array(256).fill(0xff);
for (const [value, digit] of Buffer.from('0123456789abcdef').entries()) nibbles[digit] = value;

/**
 * What an index file holds that is set as restic and we set it: without blanks, fields and blobs in their usual order, every value
 * possible. Undefined of any other, sound or not: whoever asks decodes that one by the rules of JSON.
 */
export const scanIndex = (json: Uint8Array): IndexEntries | undefined => scanIndexBy(BlobScanner.create(json), json);

/** The same without WebAssembly when there is no scanner. */
export const scanIndexBy = (scanner: BlobScanner | undefined, json: Uint8Array): IndexEntries | undefined =>
  new IndexScan(json, scanner).file();

class IndexScan {
  readonly #json: Uint8Array;
  readonly #words: Uint32Array;
  readonly #ids: Uint8Array;
  readonly #scanner: BlobScanner | undefined;
  readonly #packs: EntriesOfPack[] = [];
  #at = 0;
  #entries = 0;
  /** A number was none, or too large. */
  #wrong = false;

  constructor(json: Uint8Array, scanner: BlobScanner | undefined) {
    this.#json = json;
    this.#scanner = scanner;
    this.#words = new Uint32Array(Math.ceil(json.byteLength / leastBlob) * entryWords);
    this.#ids = new Uint8Array(this.#words.buffer);
  }

  file(): IndexEntries | undefined {
    if (!this.#skip(beginFile)) return undefined;
    do if (!this.#pack()) return undefined;
    while (this.#byte(comma));
    const isWhole = this.#byte(endList) && this.#byte(endObject) && this.#isEnd();
    return isWhole ? { packs: this.#packs, words: this.#words.subarray(0, this.#entries * entryWords) } : undefined;
  }

  #isEnd(): boolean {
    return this.#at === this.#json.length || (this.#at === this.#json.length - 1 && this.#json[this.#at] === 0x0a);
  }

  #pack(): boolean {
    const idAt = this.#at + beginId.length;
    if (!this.#skip(beginId)) return false;
    for (const end = idAt + idDigits; this.#at < end; this.#at += 1) if (this.#nibble(this.#at) > 15) return false;
    if (!this.#skip(beginBlobs)) return false;
    const first = this.#entries;
    const size = this.#scanner ? this.#blobsBy(this.#scanner) : this.#blobs();
    if (size === 0) return false;
    if (!this.#byte(endList) || !this.#byte(endObject)) return false;
    const id = Buffer.from(this.#json.buffer, this.#json.byteOffset + idAt, idDigits).toString('latin1');
    this.#packs.push({ id, size, first, count: this.#entries - first });
    return true;
  }

  /** What the pack takes with its header; 0 when one of its blobs is not as it should be. */
  #blobs(): number {
    let offset = 0;
    let headers = headerSizeOf([]);
    do {
      const entry = this.#blob(offset);
      if (entry === 0) return 0;
      headers += entry;
      offset += (this.#words[(this.#entries - 1) * entryWords + lengthWord] ?? 0) & lengthMask;
    } while (this.#byte(comma));
    return offset + headers;
  }

  #blobsBy(scanner: BlobScanner): number {
    const found = scanner.scan(this.#at, this.#words, this.#entries);
    if (found === undefined) return 0;
    const { at, compressed, entries, offset } = found;
    this.#at = at;
    this.#entries += entries;
    return offset + headerSizeOf([]) + compressed * compressedEntry + (entries - compressed) * plainEntry;
  }

  /** What it takes in the pack's header; 0 when it is not as it should be. */
  #blob(offset: number): number {
    if (!this.#skip(beginId)) return 0;
    const at = this.#entries * entryWords;
    for (let i = 0; i < 32; i += 1, this.#at += 2) {
      const high = this.#nibble(this.#at);
      const low = this.#nibble(this.#at + 1);
      if ((high | low) > 15) return 0;
      this.#ids[at * 4 + i] = (high << 4) | low;
    }
    const tree = this.#json[this.#at + 10] === 0x74;
    if (!this.#skip(tree ? treeType : dataType) || this.#number() !== offset || !this.#skip(beginLength)) return 0;
    const length = this.#number();
    const compressed = this.#json[this.#at] === comma;
    if (compressed && (!this.#skip(beginPlain) || this.#number() === 0)) return 0;
    const fits = length >= sealedOverhead && length <= lengthMask && offset + length < 2 ** 32;
    if (!fits || this.#wrong || !this.#byte(endObject)) return 0;
    this.#words[at + offsetWord] = offset;
    this.#words[at + lengthWord] = lengthWordOf(length, compressed, tree);
    this.#entries += 1;
    return compressed ? compressedEntry : plainEntry;
  }

  #number(): number {
    const from = this.#at;
    let value = 0;
    for (let digit = this.#digit(); digit < 10; digit = this.#digit()) {
      value = value * 10 + digit;
      this.#at += 1;
    }
    const digits = this.#at - from;
    if (digits === 0 || value >= 2 ** 32 || (digits > 1 && this.#json[from] === 0x30)) this.#wrong = true;
    return value;
  }

  #digit(): number {
    return this.#nibble(this.#at);
  }

  #nibble(at: number): number {
    return nibbles[this.#json[at] ?? 0] ?? 0xff;
  }

  #byte(byte: number): boolean {
    if (this.#json[this.#at] !== byte) return false;
    this.#at += 1;
    return true;
  }

  #skip(bytes: Uint8Array): boolean {
    for (let i = 0; i < bytes.length; i += 1) if (this.#json[this.#at + i] !== bytes[i]) return false;
    this.#at += bytes.length;
    return true;
  }
}
