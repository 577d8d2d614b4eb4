import { collect, collectExactly } from '../body.ts';
import { BlobOpener } from '../engine/blob-opener.ts';
import type { BlobTable, Place } from '../engine/blob-table.ts';
import type { PackPiece } from '../engine/held-trees.ts';
import { passingIdWords } from '../engine/ids.ts';
import { olderVersion } from '../engine/older-version.ts';
import { BackupError, isBackupError, throwIfAborted, toBackupError } from '../errors.ts';
import { packKey } from '../repository/layout.ts';
import type { BlobType } from '../repository/pack.ts';
import type { Replica } from '../repository/replica.ts';
import type { Codec } from '../transform/transform.ts';
import type { BlobRoom, OpenInto } from './blob-room.ts';
import { cacheSource, type NumberedPack, replicaSource } from './pack-source.ts';
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

/** A blob from this size on is read by itself: what stands around it is not wanted with it. */
const largeBytes = 256 * 1024;

/** Where a blob goes that is not kept. */
interface Taking {
  readonly room: BlobRoom;
  /** For large ones, which stand on shared memory. */
  readonly openInto: OpenInto;
}

interface Wanted {
  readonly id: string;
  readonly place: Place;
  /** Absent when the content is copied out. */
  readonly taking: Taking | undefined;
}

/** Gives blobs out of any replica that has them whole; authenticity and hash are checked before anything is given out. */
export class BlobReader {
  readonly #options: BlobReaderOptions;
  readonly #cache = new SegmentCache();
  readonly #opener: BlobOpener;
  readonly #told = new Set<string>();
  readonly #down = new Set<Replica>();
  readonly #keeping = new Map<string, Promise<boolean>>();
  #older: { readonly pack: number; readonly bytes: Promise<Buffer | undefined> } | undefined;

  constructor(options: BlobReaderOptions) {
    this.#options = options;
    const [first] = options.replicas;
    if (!first) throw new TypeError('a blob reader needs a replica');
    this.#opener = new BlobOpener(first.masterKey, options.codecs);
  }

  /**
   * The plain bytes; NOT_FOUND when no replica lists the blob, CORRUPT when none has it whole. `next` are the blobs that will be asked for
   * after this one: those that stand behind it in the pack are fetched by the same request.
   */
  async read(id: string, type: BlobType, next: readonly string[] = []): Promise<Buffer> {
    const content = await this.#find(id, type, next);
    return Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  }

  /** What was read of packs and is held, for threads that read neighbours out of it. */
  get pieces(): readonly PackPiece[] {
    return this.#cache.pieces;
  }

  /** The same of content, in `room`, good until the next blob that is read there. */
  readInto(id: string, next: readonly string[], taking: Taking): Promise<Uint8Array> {
    return this.#find(id, 'data', next, taking);
  }

  // oxlint-disable-next-line max-params -- what is asked for, and where it goes
  async #find(id: string, type: BlobType, next: readonly string[], taking?: Taking): Promise<Uint8Array> {
    const places = this.#options.table.places(passingIdWords(id), type === 'tree');
    let last: BackupError | undefined;
    for (const place of places) {
      const memory = this.#options.inMemory?.(place.pack);
      if (memory) return this.#copy(id, place, memory.subarray(place.offset, place.offset + place.length));
    }
    for (const replica of this.#order()) {
      for (const place of places) {
        if (!this.#lists(replica, place)) continue;
        const ahead = this.#ahead(place, type, next);
        const kept = type === 'tree' ? await this.#kept(replica, id, place) : undefined;
        const result = kept ?? (await this.#from(replica, { id, place, taking }, ahead));
        if (!(result instanceof BackupError)) return result;
        last = result;
      }
    }
    return (await this.#unlisted(id, places, taking)) ?? (await this.#hidden(id, places)) ?? this.#lost(id, type, last);
  }

  #lists({ mask }: Replica, { pack }: Place): boolean {
    return (this.#options.table.packs.presence(pack) & mask) !== 0;
  }

  /** A replica whose index is damaged does not list what it may have all the same. */
  async #unlisted(id: string, places: readonly Place[], taking: Taking | undefined): Promise<Uint8Array | undefined> {
    for (const replica of this.#order()) {
      for (const place of places) {
        if (this.#lists(replica, place)) continue;
        const bytes = await this.#alone(replica, { id, place, taking }).catch(() =>
          throwIfAborted(this.#options.signal),
        );
        if (bytes) return bytes;
      }
    }
    return undefined;
  }

  /** What was overwritten or deleted where such a place keeps older versions. The last pack stays: its other blobs are wanted too. */
  async #hidden(id: string, places: readonly Place[]): Promise<Uint8Array | undefined> {
    const { replicas, signal, table } = this.#options;
    for (const place of places) {
      if (this.#older?.pack !== place.pack) {
        this.#older = { pack: place.pack, bytes: olderVersion(table.packs.id(place.pack), replicas, signal) };
      }
      const bytes = await this.#older.bytes;
      if (bytes) return this.#copy(id, place, bytes.subarray(place.offset, place.offset + place.length));
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
    const [only, ...others] = this.#options.replicas;
    const nobody = only && others.length === 0 ? `"${only.name}" does not have` : 'no destination has';
    const what = `${nobody} the ${type === 'tree' ? 'folder list' : 'piece of content'} ${id.slice(0, 12)}`;
    if (!last) throw new BackupError('NOT_FOUND', what, { hint, context: { blob: id } });
    throw new BackupError('CORRUPT', `${what} whole`, {
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
        .places(passingIdWords(id), false)
        .find(({ pack, offset }) => pack === place.pack && offset === end);
      if (follows === undefined || end + follows.length - place.offset > longestRunBytes) break;
      end += follows.length;
    }
    return end - place.offset;
  }

  async #from(replica: Replica, wanted: Wanted, ahead: number): Promise<Uint8Array | BackupError> {
    const { place, taking } = wanted;
    const { signal, sparing = false } = this.#options;
    const pack = this.#numbered(place);
    try {
      if (taking && !sparing && place.length >= largeBytes && replica.destination.capabilities.rangeReads)
        return await this.#large(replica, pack.id, { ...wanted, taking });
      return await this.#open(
        wanted,
        await this.#cache.read(replicaSource(replica), pack, { ...place, ahead }, signal),
      );
    } catch {
      throwIfAborted(signal);
    }
    // What stands around the blob may be what is damaged: once more, and only the blob.
    try {
      return await this.#alone(replica, wanted);
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
  async #kept(replica: Replica, id: string, place: Place): Promise<Uint8Array | undefined> {
    const { cache, name } = replica;
    if (!cache) return undefined;
    const { signal, sparing = false } = this.#options;
    const pack = this.#numbered(place);
    const source = cacheSource(name, cache);
    const read = async (): Promise<Buffer | undefined> => {
      if (sparing) return cache.readRange(pack.id, place);
      return this.#cache.read(source, pack, { ...place, ahead: readAheadBytes }, signal).catch(nothingIfMissing);
    };
    try {
      let sealed = await read();
      if (!sealed && (await this.#keep(replica, place.pack))) sealed = await read();
      return sealed && this.#copy(id, place, sealed);
    } catch {
      throwIfAborted(signal);
      this.#cache.forget(source, pack);
      await cache.remove('data', pack.id);
      return undefined;
    }
  }

  #numbered({ pack: number }: Place): NumberedPack {
    const { packs } = this.#options.table;
    return { number, id: packs.id(number), size: packs.size(number) };
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

  /** Read into shared memory, where another thread can open it. */
  async #large(
    replica: Replica,
    pack: string,
    { id, place, taking }: Wanted & { readonly taking: Taking },
  ): Promise<Uint8Array> {
    const { offset, length, compressed } = place;
    const bytes = replica.destination.get(packKey(pack), { signal: this.#options.signal, range: { offset, length } });
    const sealed = await collectExactly(bytes, taking.room.sealed(length));
    return taking.room.open(sealed, { id, compressed }, taking.openInto);
  }

  async #alone(replica: Replica, wanted: Wanted): Promise<Uint8Array> {
    const { table, signal } = this.#options;
    const { offset, length, pack } = wanted.place;
    const whole = !replica.destination.capabilities.rangeReads;
    const key = packKey(table.packs.id(pack));
    const bytes = await collect(
      replica.destination.get(key, whole ? { signal } : { signal, range: { offset, length } }),
    );
    return this.#open(wanted, whole ? bytes.subarray(offset, offset + length) : bytes);
  }

  async #open({ id, place, taking }: Wanted, sealed: Uint8Array): Promise<Uint8Array> {
    if (!taking) return this.#copy(id, place, sealed);
    const { compressed } = place;
    return taking.room.open(sealed, { id, compressed }, (...what) => this.#opener.openInto(...what));
  }

  #copy(id: string, { compressed }: Place, sealed: Uint8Array): Uint8Array {
    return Buffer.from(this.#opener.open(sealed, { id, compressed }));
  }
}

const nothingIfMissing = (error: unknown): undefined => {
  if (!isBackupError(error, 'NOT_FOUND')) throw error;
};
