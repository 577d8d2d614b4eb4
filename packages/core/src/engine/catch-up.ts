/** Brings packs that a replica is owed from its siblings, and the index files that name them. */
import { bodyOf, collect } from '../body.ts';
import { BackupError, isBackupError, throwIfAborted } from '../errors.ts';
import { together } from '../in-parallel.ts';
import { indexKey, mostStoredBytes, packKey } from '../repository/layout.ts';
import type { IndexPack } from '../repository/index-file.ts';
import type { PackedBlob } from '../repository/pack.ts';
import { byReadingCost, type Replica } from '../repository/replica.ts';
import { objectId } from '../repository/unpacked.ts';
import type { Codec } from '../transform/transform.ts';
import { addBlobs } from './adopt-orphans.ts';
import type { BlobTable } from './blob-table.ts';
import { passingIdWords } from './ids.ts';
import { sealIndex } from './index-batches.ts';
import { type FetchedPack, fetchPack } from './pack-fetcher.ts';
import { evenRooms, type LendRoom, ownRooms } from './rooms.ts';
import { Repacker, type Repacked, type SealedBlob } from './repacker.ts';
import { openIndex } from './read-index-file.ts';
import type { IndexFileInfo } from './repository-index.ts';
import { findSealed } from './sealed-blob.ts';

export interface CatchUpContext {
  readonly table: BlobTable;
  readonly replicas: readonly Replica[];
  readonly codecs: readonly Codec[];
  readonly files: ReadonlyMap<string, IndexFileInfo>;
  /** Whether a sibling whose reads cost money may be read. */
  readonly allowEgress: boolean;
  readonly onDamaged?: (replica: Replica, pack: string, error: BackupError) => void;
  readonly onBytes?: (bytes: number) => void;
  /** Packs that replicas which catch up side by side may hold in memory beside one each; without it each holds as many as it likes. */
  readonly spare?: { packs: number };
  /** Where packs are read into; memory of its own when absent. */
  readonly lend?: LendRoom;
}

/** The packs that `mask` is owed, by number. */
export const owedPacks = (table: BlobTable, mask: number): number[] => {
  const owed: number[] = [];
  for (let pack = 0; pack < table.packs.count; pack += 1) if ((table.packs.owed(pack) & mask) !== 0) owed.push(pack);
  return owed;
};

/** Each is held in memory as a whole. */
const packsAtOnce = 3;
/** The largest that restic makes by its settings, and the blob that fills it. */
const mostEvenBytes = 144 * 1024 * 1024;
/** A pack of which less is lacking is not copied: its blobs move into new packs, sealed as they are. */
const wholeFrom = 0.5;

const sealedBytes = (blobs: readonly PackedBlob[]): number => blobs.reduce((sum, { length }) => sum + length, 0);

const unlessLost = (error: unknown): BackupError => {
  if (isBackupError(error, 'CORRUPT') || isBackupError(error, 'NOT_FOUND')) return error;
  throw error;
};

/** One replica catching up. `copy` as often as needed, then `publish`: only then do the packs count in its index. */
export class CatchUp {
  readonly #context: CatchUpContext;
  readonly #target: Replica;
  readonly #signal: AbortSignal;
  readonly #copied = new Map<number, readonly PackedBlob[]>();
  readonly #made: IndexPack[] = [];
  readonly #repacker: Repacker;
  readonly #own = ownRooms((bytes) => new ArrayBuffer(bytes));

  constructor(context: CatchUpContext, target: Replica, signal: AbortSignal) {
    this.#context = context;
    this.#target = target;
    this.#signal = signal;
    this.#repacker = new Repacker(target.masterKey, (pack) => this.#store(pack));
  }

  /** Copies packs and marks them present in the table. Fails with the first pack that cannot be had; the others go on. */
  async copy(packs: readonly number[]): Promise<void> {
    const queue = packs.toReversed();
    const lend = this.#context.lend ?? evenRooms(this.#mostBytes(packs), this.#own);
    const copySome = async (): Promise<void> => {
      for (let pack = queue.pop(); pack !== undefined; pack = queue.pop()) await this.#copyOne(pack, lend);
    };
    const { spare = { packs: packsAtOnce } } = this.#context;
    const more = Math.max(0, Math.min(packsAtOnce, packs.length) - 1);
    const taken = Math.min(more, spare.packs);
    spare.packs -= taken;
    try {
      await together(Math.min(1 + taken, packs.length), copySome);
    } finally {
      spare.packs += taken;
    }
  }

  /** What an index says of a pack may be wrong, so there is a limit. */
  #mostBytes(packs: readonly number[]): number {
    const { table } = this.#context;
    return Math.min(
      mostEvenBytes,
      packs.reduce((most, pack) => Math.max(most, table.packs.size(pack)), 0),
    );
  }

  async #copyOne(pack: number, lend: LendRoom): Promise<void> {
    const { table, onDamaged, onBytes } = this.#context;
    const presence = table.packs.presence(pack);
    const id = table.packs.id(pack);
    const siblings = this.#siblings(presence);
    const found = await fetchPack(id, siblings, { signal: this.#signal, lend }).catch(unlessLost);
    if (isBackupError(found)) {
      if (await this.#piecewise(pack, siblings)) return;
      throw found;
    }
    using fetched = found;
    for (const { replica, error } of fetched.bad) if ((replica.mask & presence) !== 0) onDamaged?.(replica, id, error);
    await this.#take(pack, fetched);
    onBytes?.(fetched.bytes.byteLength);
  }

  async #take(pack: number, { bytes, blobs }: FetchedPack): Promise<void> {
    const { packs } = this.#context.table;
    const lacking = blobs.filter((blob) => !this.#has(blob));
    // Without the header, which is more than half of a pack of tiny blobs.
    if (sealedBytes(lacking) >= sealedBytes(blobs) * wholeFrom) {
      await this.#target.destination.put(packKey(packs.id(pack)), bodyOf(bytes), { signal: this.#signal });
      packs.markPresent(pack, this.#target.mask);
      this.#copied.set(pack, blobs);
      return;
    }
    for (const blob of lacking) {
      await this.#repacker.add({ ...blob, sealed: bytes.subarray(blob.offset, blob.offset + blob.length) });
    }
    packs.forgive(pack, this.#target.mask);
  }

  /** Nobody has the pack whole: blob by blob, out of what is left of it and out of other packs. False when one of them is lost. */
  async #piecewise(pack: number, siblings: readonly Replica[]): Promise<boolean> {
    const { table, codecs } = this.#context;
    const blobs = await this.#listedBlobs(pack);
    if (!blobs) return false;
    const found: SealedBlob[] = [];
    for (const blob of blobs.filter((candidate) => !this.#has(candidate))) {
      const sound = await findSealed({ table, codecs, replicas: siblings }, blob, this.#signal);
      if (!sound) return false;
      found.push({ id: blob.id, type: blob.type, ...sound });
    }
    for (const blob of found) await this.#repacker.add(blob);
    table.packs.forgive(pack, this.#target.mask);
    return true;
  }

  /** What an index file says of a pack. */
  async #listedBlobs(pack: number): Promise<readonly PackedBlob[] | undefined> {
    const { table, files } = this.#context;
    const id = table.packs.id(pack);
    for (const file of files.values()) {
      if (!file.packs.includes(pack)) continue;
      const bytes = await this.#readIndex(file);
      const found = bytes && openIndex(this.#target.masterKey, bytes).find((listed) => listed.id === id);
      if (found) return found.blobs;
    }
    return undefined;
  }

  #has({ id, type }: PackedBlob): boolean {
    return (this.#context.table.presence(passingIdWords(id), type === 'tree') & this.#target.mask) !== 0;
  }

  async #store(pack: Repacked): Promise<void> {
    const { table } = this.#context;
    await this.#target.destination.put(packKey(pack.id), bodyOf(pack.bytes), { signal: this.#signal });
    const number = table.packs.allocate(this.#target.mask);
    table.packs.setId(number, Buffer.from(pack.id, 'hex'), pack.bytes.byteLength);
    table.packs.markPresent(number, this.#target.mask);
    addBlobs(table, number, pack.blobs);
    this.#made.push({ id: pack.id, blobs: pack.blobs });
  }

  /** Those that list it first. One whose index is damaged may have it all the same, so the others come after them. */
  #siblings(presence: number): Replica[] {
    const { replicas, allowEgress } = this.#context;
    const usable = replicas
      .filter(
        ({ mask, destination }) => mask !== this.#target.mask && (allowEgress || !destination.capabilities.egressCost),
      )
      .toSorted(byReadingCost);
    const lists = ({ mask }: Replica): boolean => (mask & presence) !== 0;
    if (usable.some(lists)) return [...usable.filter(lists), ...usable.filter((replica) => !lists(replica))];
    throw new BackupError('UNAVAILABLE', 'no other destination that can be read has what is missing', {
      hint: replicas.some(lists) ? 'run `triplicate sync`, which reads where that costs money as well' : undefined,
    });
  }

  /**
   * Names the packs in the index: an index file of a sibling goes over as it is when all of its packs were copied, so that converged
   * replicas have equal names; the rest stands in a new one, so that no two index files of the target name one pack. `named` are packs that
   * another index file names already.
   */
  async publish(named: ReadonlySet<number> = new Set()): Promise<void> {
    await this.#repacker.flush();
    const { table, files } = this.#context;
    const left = new Set([...this.#copied.keys()].filter((pack) => !named.has(pack)));
    // A pack that was lost and came back is named already.
    for (const file of files.values())
      if ((file.mask & this.#target.mask) !== 0) for (const pack of file.packs) left.delete(pack);
    for (const file of files.values()) {
      if (left.size === 0) break;
      if (file.packs.length === 0 || !file.packs.every((pack) => left.has(pack))) continue;
      const bytes = await this.#readIndex(file);
      if (!bytes) continue;
      await this.#target.destination.put(indexKey(file.id), bodyOf(bytes), { signal: this.#signal });
      file.mask |= this.#target.mask;
      for (const pack of file.packs) left.delete(pack);
    }
    const rest = [...left].map((pack) => ({ id: table.packs.id(pack), blobs: this.#copied.get(pack) ?? [] }));
    const packs = [...rest, ...this.#made.splice(0)];
    this.#copied.clear();
    if (packs.length === 0) return;
    const index = sealIndex(packs, this.#target.masterKey, this.#target.config.version);
    await this.#target.destination.put(index.key, bodyOf(index.bytes), { signal: this.#signal });
  }

  /** The bytes of an index file, from any replica whose copy has the right hash. */
  async #readIndex(file: IndexFileInfo): Promise<Buffer | undefined> {
    for (const replica of this.#context.replicas) {
      if ((replica.mask & file.mask) === 0) continue;
      try {
        const bytes = await collect(
          replica.destination.get(indexKey(file.id), { signal: this.#signal }),
          mostStoredBytes.index,
        );
        if (objectId(bytes) === file.id) return bytes;
      } catch {
        throwIfAborted(this.#signal);
      }
    }
    return undefined;
  }
}
