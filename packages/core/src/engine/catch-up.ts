/** Brings packs that a replica is owed from its siblings, and the index files that name them. */
import { bodyOf, collect } from '../body.ts';
import { BackupError, throwIfAborted } from '../errors.ts';
import { indexKey, packKey } from '../repository/layout.ts';
import type { PackedBlob } from '../repository/pack.ts';
import type { Replica } from '../repository/replica.ts';
import { objectId } from '../repository/unpacked.ts';
import { addBlobs } from './adopt-orphans.ts';
import type { BlobTable } from './blob-table.ts';
import { idWordsFromHex } from './ids.ts';
import { sealIndex } from './index-batches.ts';
import { fetchPack } from './pack-fetcher.ts';
import { Repacker, type Repacked } from './repacker.ts';
import type { IndexFileInfo } from './repository-index.ts';

export interface CatchUpContext {
  readonly table: BlobTable;
  readonly replicas: readonly Replica[];
  readonly files: ReadonlyMap<string, IndexFileInfo>;
  /** Whether a sibling whose reads cost money may be read. */
  readonly allowEgress: boolean;
  readonly onDamaged?: (replica: Replica, pack: string, error: BackupError) => void;
  readonly onBytes?: (bytes: number) => void;
}

/** The packs that `mask` is owed, by number. */
export const owedPacks = (table: BlobTable, mask: number): number[] => {
  const owed: number[] = [];
  for (let pack = 0; pack < table.packs.count; pack += 1) if ((table.packs.owed(pack) & mask) !== 0) owed.push(pack);
  return owed;
};

/** Each is held in memory as a whole. */
const packsAtOnce = 3;
/** A pack of which less is lacking is not copied: its blobs move into new packs, sealed as they are. */
const wholeFrom = 0.5;

const sealedBytes = (blobs: readonly PackedBlob[]): number => blobs.reduce((sum, { length }) => sum + length, 0);

/** One replica catching up. `copy` as often as needed, then `publish`: only then do the packs count in its index. */
export class CatchUp {
  readonly #context: CatchUpContext;
  readonly #target: Replica;
  readonly #signal: AbortSignal;
  readonly #copied = new Map<number, readonly PackedBlob[]>();
  readonly #made: Repacked[] = [];
  readonly #repacker: Repacker;

  constructor(context: CatchUpContext, target: Replica, signal: AbortSignal) {
    this.#context = context;
    this.#target = target;
    this.#signal = signal;
    this.#repacker = new Repacker(target.masterKey, (pack) => this.#store(pack));
  }

  /** Copies packs and marks them present in the table. Fails with the first pack that cannot be had; the others go on. */
  async copy(packs: readonly number[]): Promise<void> {
    const queue = packs.toReversed();
    const copySome = async (): Promise<void> => {
      for (let pack = queue.pop(); pack !== undefined; pack = queue.pop()) await this.#copyOne(pack);
    };
    const results = await Promise.allSettled(Array.from({ length: Math.min(packsAtOnce, packs.length) }, copySome));
    const failed = results.find((result) => result.status === 'rejected');
    if (failed) throw failed.reason;
  }

  async #copyOne(pack: number): Promise<void> {
    const { table, onDamaged, onBytes } = this.#context;
    const { packs } = table;
    const id = packs.id(pack);
    const presence = packs.presence(pack);
    const fetched = await fetchPack(id, this.#siblings(presence), this.#signal);
    for (const { replica, error } of fetched.bad) if ((replica.mask & presence) !== 0) onDamaged?.(replica, id, error);
    const lacking = fetched.blobs.filter((blob) => !this.#has(blob));
    // Without the header, which is more than half of a pack of tiny blobs.
    if (sealedBytes(lacking) >= sealedBytes(fetched.blobs) * wholeFrom) {
      await this.#target.destination.put(packKey(id), bodyOf(fetched.bytes), { signal: this.#signal });
      packs.markPresent(pack, this.#target.mask);
      this.#copied.set(pack, fetched.blobs);
    } else {
      for (const blob of lacking) {
        const sealed = fetched.bytes.subarray(blob.offset, blob.offset + blob.length);
        await this.#repacker.add({ ...blob, sealed });
      }
      packs.forgive(pack, this.#target.mask);
    }
    onBytes?.(fetched.bytes.byteLength);
  }

  #has({ id, type }: PackedBlob): boolean {
    return (this.#context.table.presence(idWordsFromHex(id), type === 'tree') & this.#target.mask) !== 0;
  }

  async #store(pack: Repacked): Promise<void> {
    const { table } = this.#context;
    await this.#target.destination.put(packKey(pack.id), bodyOf(pack.bytes), { signal: this.#signal });
    const number = table.packs.allocate(this.#target.mask);
    table.packs.setId(number, Buffer.from(pack.id, 'hex'), pack.bytes.byteLength);
    table.packs.markPresent(number, this.#target.mask);
    addBlobs(table, number, pack.blobs);
    this.#made.push(pack);
  }

  /** Those that list it first. One whose index is damaged may have it all the same, so the others come after them. */
  #siblings(presence: number): Replica[] {
    const { replicas, allowEgress } = this.#context;
    const usable = replicas
      .filter(
        ({ mask, destination }) => mask !== this.#target.mask && (allowEgress || !destination.capabilities.egressCost),
      )
      .toSorted(
        (a, b) => Number(a.destination.capabilities.egressCost) - Number(b.destination.capabilities.egressCost),
      );
    const lists = ({ mask }: Replica): boolean => (mask & presence) !== 0;
    if (usable.some(lists)) return [...usable.filter(lists), ...usable.filter((replica) => !lists(replica))];
    throw new BackupError('UNAVAILABLE', 'no other destination that can be read has what is missing');
  }

  /**
   * Names the packs in the index: an index file of a sibling goes over as it is when the target now has all of its packs, so that
   * converged replicas have equal names; the rest stands in a new one. `named` are packs that another index file names already.
   */
  async publish(named: ReadonlySet<number> = new Set()): Promise<void> {
    await this.#repacker.flush();
    const { table, files } = this.#context;
    const left = new Set([...this.#copied.keys()].filter((pack) => !named.has(pack)));
    for (const file of files.values()) {
      if (left.size === 0) break;
      if (!file.packs.some((pack) => left.has(pack)) || (file.mask & this.#target.mask) !== 0) continue;
      if (!file.packs.every((pack) => (table.packs.presence(pack) & this.#target.mask) !== 0)) continue;
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
        const bytes = await collect(replica.destination.get(indexKey(file.id), { signal: this.#signal }));
        if (objectId(bytes) === file.id) return bytes;
      } catch {
        throwIfAborted(this.#signal);
      }
    }
    return undefined;
  }
}
