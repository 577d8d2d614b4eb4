import { collect } from '../body.ts';
import type { BlobTable, Place } from '../engine/blob-table.ts';
import { idWordsFromHex } from '../engine/ids.ts';
import { BackupError, throwIfAborted, toBackupError } from '../errors.ts';
import { unseal } from '../repository/crypto.ts';
import { packKey } from '../repository/layout.ts';
import type { BlobType } from '../repository/pack.ts';
import type { Replica } from '../repository/replica.ts';
import { objectId } from '../repository/unpacked.ts';
import type { Codec } from '../transform/transform.ts';
import { readAheadBytes, SegmentCache } from './segment-cache.ts';

export interface BlobReaderOptions {
  readonly table: BlobTable;
  /** In the order in which they are asked: the fastest first. */
  readonly replicas: readonly Replica[];
  /** The pipeline's codecs, in the order of encoding. */
  readonly codecs: readonly Codec[];
  readonly signal: AbortSignal;
  /** A copy was damaged, missing or out of reach, and another one was taken (or none was left). Told once for each pack and replica. */
  readonly onBad: (replica: Replica, pack: string, error: BackupError) => void;
  /** Reads little more than what is asked for: for a few files out of a large snapshot. Otherwise neighbours are read along. */
  readonly sparing?: boolean;
  /** The bytes of a pack of this run that no replica has yet. */
  readonly inMemory?: (pack: number) => Uint8Array | undefined;
}

/** Read at once of a folder's list, and at most of a file whose pieces stand one after the other, when sparing. */
const sparingTreeBytes = 64 * 1024;
const longestRunBytes = 4 * 1024 * 1024;

/** A pack of folder lists is as large as any other pack at most; what is larger is some other program's. */
const largestKeptPack = 32 * 1024 * 1024;

/** Blobs of chunkers are at most 8 MiB; other writers' may be larger. What a compressed blob may grow to. */
const mostBlobBytes = 256 * 1024 * 1024;

/** Gives blobs out of any replica that has them whole; authenticity and hash are checked before anything is given out. */
export class BlobReader {
  readonly #options: BlobReaderOptions;
  readonly #cache = new SegmentCache();
  readonly #told = new Set<string>();
  readonly #down = new Set<Replica>();
  readonly #keeping = new Map<string, Promise<boolean>>();

  constructor(options: BlobReaderOptions) {
    this.#options = options;
  }

  /**
   * The plain bytes; NOT_FOUND when no replica lists the blob, CORRUPT when none has it whole. `next` are the blobs that will be asked for
   * after this one: those that stand behind it in the pack are fetched by the same request.
   */
  async read(id: string, type: BlobType, next: readonly string[] = []): Promise<Buffer> {
    const places = this.#options.table.places(idWordsFromHex(id), type === 'tree');
    let last: BackupError | undefined;
    for (const place of places) {
      const memory = this.#options.inMemory?.(place.pack);
      if (memory) return this.#open(id, place, Buffer.from(memory.subarray(place.offset, place.offset + place.length)));
    }
    for (const replica of this.#order()) {
      for (const place of places) {
        if (!this.#lists(replica, place)) continue;
        const ahead = this.#ahead(place, type, next);
        const kept = type === 'tree' ? await this.#kept(replica, id, place) : undefined;
        const result = kept ?? (await this.#from(replica, id, { ...place, ahead }));
        if (!(result instanceof BackupError)) return result;
        last = result;
      }
    }
    return (await this.#unlisted(id, places)) ?? this.#lost(id, type, last);
  }

  #lists({ mask }: Replica, { pack }: Place): boolean {
    return (this.#options.table.packs.presence(pack) & mask) !== 0;
  }

  /** A replica whose index is damaged does not list what it may have all the same. */
  async #unlisted(id: string, places: readonly Place[]): Promise<Buffer | undefined> {
    for (const replica of this.#order()) {
      for (const place of places) {
        if (this.#lists(replica, place)) continue;
        const bytes = await this.#alone(replica, id, place).catch(() => throwIfAborted(this.#options.signal));
        if (bytes) return bytes;
      }
    }
    return undefined;
  }

  #order(): readonly Replica[] {
    const up = this.#options.replicas.filter((replica) => !this.#down.has(replica));
    return [...up, ...this.#down];
  }

  #lost(id: string, type: BlobType, last: BackupError | undefined): never {
    const hint = 'run `triplicate heal`, then `triplicate backup` while the source still has it';
    if (last?.code === 'UNAVAILABLE' || last?.code === 'AUTH') throw last;
    const what = type === 'tree' ? 'folder list' : 'piece of content';
    if (!last)
      throw new BackupError('NOT_FOUND', `no destination has the ${what} ${id.slice(0, 12)}`, {
        hint,
        context: { blob: id },
      });
    throw new BackupError('CORRUPT', `no destination has the ${what} ${id.slice(0, 12)} whole`, {
      hint,
      context: { blob: id },
      cause: last,
    });
  }

  /** How many bytes from the beginning of a blob are worth one request. */
  #ahead(place: Place, type: BlobType, next: readonly string[]): number {
    const { sparing = false, table } = this.#options;
    if (!sparing) return readAheadBytes;
    if (type === 'tree') return sparingTreeBytes;
    let end = place.offset + place.length;
    for (const id of next) {
      const follows = table
        .places(idWordsFromHex(id), false)
        .find(({ pack, offset }) => pack === place.pack && offset === end);
      if (follows === undefined || end + follows.length - place.offset > longestRunBytes) break;
      end += follows.length;
    }
    return end - place.offset;
  }

  async #from(replica: Replica, id: string, place: Place & { readonly ahead: number }): Promise<Buffer | BackupError> {
    const { table, signal } = this.#options;
    const pack = { id: table.packs.id(place.pack), size: table.packs.size(place.pack) };
    try {
      return this.#open(id, place, await this.#cache.read(replica, pack, place, signal));
    } catch {
      throwIfAborted(signal);
    }
    // What stands around the blob may be what is damaged: once more, and only the blob.
    try {
      return await this.#alone(replica, id, place);
    } catch (cause) {
      throwIfAborted(signal);
      const error = toBackupError(cause, 'CORRUPT').with({ destination: replica.name });
      if (error.code === 'UNAVAILABLE') this.#down.add(replica);
      const key = `${replica.name}/${pack.id}`;
      if (!this.#told.has(key)) this.#options.onBad(replica, pack.id, error);
      this.#told.add(key);
      return error;
    }
  }

  /**
   * Out of the cache of a replica that is far away. Folder lists stand together in packs of their own, so their pack is fetched as a whole
   * once; not when sparing. Nothing when it is not there or not as it should be.
   */
  async #kept(replica: Replica, id: string, place: Place): Promise<Buffer | undefined> {
    const { cache } = replica;
    if (!cache) return undefined;
    const pack = this.#options.table.packs.id(place.pack);
    try {
      let sealed = await cache.readRange(pack, place);
      if (!sealed && (await this.#keep(replica, place.pack))) sealed = await cache.readRange(pack, place);
      return sealed && this.#open(id, place, sealed);
    } catch {
      throwIfAborted(this.#options.signal);
      await cache.remove('data', pack);
      return undefined;
    }
  }

  #keep({ cache, destination, name }: Replica, pack: number): Promise<boolean> {
    const { packs } = this.#options.table;
    const { signal, sparing = false } = this.#options;
    if (!cache || sparing || packs.size(pack) > largestKeptPack) return Promise.resolve(false);
    const id = packs.id(pack);
    const key = `${name}/${id}`;
    const underway = this.#keeping.get(key);
    if (underway) return underway;
    const kept = collect(destination.get(packKey(id), { signal })).then((bytes) => cache.write('data', id, bytes));
    this.#keeping.set(key, kept);
    return kept;
  }

  async #alone(replica: Replica, id: string, place: Place): Promise<Buffer> {
    const { table, signal } = this.#options;
    const whole = !replica.destination.capabilities.rangeReads;
    const range = { offset: place.offset, length: place.length };
    const key = packKey(table.packs.id(place.pack));
    const bytes = await collect(replica.destination.get(key, whole ? { signal } : { signal, range }));
    return this.#open(id, place, whole ? bytes.subarray(range.offset, range.offset + range.length) : bytes);
  }

  #open(id: string, place: Place, sealed: Buffer): Buffer {
    const first = this.#options.replicas[0];
    if (!first) throw new TypeError('a blob reader needs a replica');
    let plain: Uint8Array = unseal(first.masterKey, sealed);
    if (place.compressed) {
      for (const codec of this.#options.codecs.toReversed()) plain = codec.decode(plain, mostBlobBytes);
    }
    if (objectId(plain) !== id) throw new BackupError('CORRUPT', `blob ${id} has other bytes than its name says`);
    return Buffer.from(plain.buffer, plain.byteOffset, plain.byteLength);
  }
}
