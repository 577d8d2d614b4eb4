/** Restores files in threads: their blobs are read here, many by one request, and opened and written there. */
import { collectExactly } from '../body.ts';
import type { Place } from '../engine/blob-table.ts';
import { passingIdWords } from '../engine/ids.ts';
import { ownRooms } from '../engine/rooms.ts';
import { isBackupError } from '../errors.ts';
import { cLibrary } from '../posix/library.ts';
import { packKey } from '../repository/layout.ts';
import type { Node } from '../repository/node.ts';
import { byReadingCost, type Replica } from '../repository/replica.ts';
import type { BatchFile, BatchOptions, BatchReport, FileThreads } from '../restore/file-batch.ts';
import { type PlannedRead, planReads } from '../restore/read-plan.ts';
import type { RestorePool } from '../restore/restore-pool.ts';
import { maxBlobSize } from '../transform/transform.ts';
import type { Session } from './session.ts';

/** Room for the sealed blobs of a batch, the largest of chunkers among them; a file of which there is more is none for a thread. */
const roomBytes = maxBlobSize + 64 * 1024;

/** Where it is not known how much there is, so many files, or bytes, are restored without threads before those are worth their start. */
const [worthFiles, worthBytes] = [200, 8 * 1024 * 1024];

/** How much there is to restore, as far as it is known before. */
export interface Expected {
  readonly files: number;
  readonly bytes: number;
}

interface Located {
  readonly replica: Replica;
  readonly places: readonly Place[];
  readonly bytes: number;
}

export class RestoreThreads implements FileThreads<Located> {
  readonly atOnce: number;
  readonly mostBytes = roomBytes;
  readonly #session: Session;
  readonly #pool: RestorePool;
  readonly #lend = ownRooms((bytes) => new SharedArrayBuffer(bytes));
  /** Those that parts of packs can be read from, the one that costs least first. */
  readonly #replicas: readonly Replica[];
  /** Replicas that are out of reach. */
  readonly #down = new Set<Replica>();
  #files: number;
  #bytes: number;

  constructor(session: Session, pool: RestorePool, expected: Expected) {
    const { threads, signal } = session.pipeline;
    this.atOnce = threads + 2;
    this.#session = session;
    this.#replicas = session.replicas
      .filter(({ destination }) => destination.capabilities.rangeReads)
      .toSorted(byReadingCost);
    this.#pool = pool;
    this.#files = expected.files;
    this.#bytes = expected.bytes;
    if (this.#isWorth && cLibrary()) pool.start();
    signal.addEventListener('abort', () => pool.stop(), { once: true });
  }

  locate({ content = [] }: Node): Located | undefined {
    const { index } = this.#session;
    const replica = this.#replicas.find((one) => !this.#down.has(one));
    if (replica === undefined) return undefined;
    const places: Place[] = [];
    let bytes = 0;
    for (const id of content) {
      const place = index.table
        .places(passingIdWords(id), false)
        .find(({ pack }) => (index.table.packs.presence(pack) & replica.mask) !== 0);
      if (place === undefined) return undefined;
      bytes += place.length;
      places.push(place);
    }
    this.#files += 1;
    this.#bytes += bytes;
    return this.#isWorth && bytes <= roomBytes ? { replica, places, bytes } : undefined;
  }

  get #isWorth(): boolean {
    return this.#files > worthFiles || this.#bytes > worthBytes;
  }

  async restore(
    files: readonly { readonly file: BatchFile; readonly located: Located }[],
    options: BatchOptions,
  ): Promise<BatchReport> {
    const places = files.flatMap(({ located }) => located.places);
    const [replica, other] = new Set(files.map(({ located }) => located.replica));
    if (replica === undefined || other !== undefined) throw new TypeError('a batch is read from one replica');
    const room = this.#lend(roomBytes);
    const plan = planReads(places, roomBytes);
    await Promise.all(plan.reads.map((read) => this.#read(replica, read, room.bytes)));
    const where = new Uint32Array(places.length * 3);
    for (const [i, { length, compressed }] of places.entries())
      where.set([plan.at[i] ?? 0, length, compressed ? 1 : 0], 3 * i);
    const batch = { files: files.map(({ file }) => file), memory: room.bytes, places: where };
    const report = await this.#pool.restore(batch, options);
    // Not after a failure: a read that nobody waits for any more may still write there.
    room[Symbol.dispose]();
    return report;
  }

  async #read(replica: Replica, { pack, offset, length, to }: PlannedRead, room: Uint8Array): Promise<void> {
    const { index, pipeline } = this.#session;
    const target = room.subarray(to, to + length);
    const options = { signal: pipeline.signal, range: { offset, length }, room: target };
    try {
      await collectExactly(replica.destination.get(packKey(index.table.packs.id(pack)), options), target);
    } catch (error) {
      if (isBackupError(error, 'UNAVAILABLE')) this.#down.add(replica);
      throw error;
    }
  }
}
