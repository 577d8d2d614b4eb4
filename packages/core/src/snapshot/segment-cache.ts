import type { PackPiece } from '../engine/held-trees.ts';
import type { NumberedPack, PackSource } from './pack-source.ts';

interface Segment {
  readonly pack: number;
  readonly start: number;
  readonly end: number;
  readonly memory: SharedArrayBuffer;
  readonly bytes: Promise<Buffer>;
  readonly size: number;
  isRead: boolean;
}

export interface SegmentRange {
  readonly offset: number;
  readonly length: number;
  readonly ahead: number;
}

/**
 * What is read at once of a pack: neighbours in a pack are neighbours in the tree, so the next blob is mostly there already. Always from a
 * multiple of it, because who walks down reads trees backwards: they were sealed from the bottom up.
 */
export const readAheadBytes = 1024 * 1024;
const keptBytes = 24 * 1024 * 1024;

/** Pieces of packs, sealed, as they were read from one source, in memory that can be shared with threads; the oldest go first. */
export class SegmentCache {
  readonly #segments = new Map<string, Segment[]>();
  #order: { readonly key: string; readonly segment: Segment }[] = [];
  #bytes = 0;

  /** `length` bytes at `offset` of a pack of `size` bytes; `ahead` bytes are fetched when they are not held yet. */
  async read(source: PackSource, pack: NumberedPack, range: SegmentRange, signal: AbortSignal): Promise<Buffer> {
    const key = keyOf(source, pack);
    const end = range.offset + range.length;
    const held = this.#segments.get(key)?.find((segment) => segment.start <= range.offset && segment.end >= end);
    const segment = held ?? this.#fetch(source, pack, range, signal);
    const bytes = await segment.bytes;
    return bytes.subarray(range.offset - segment.start, end - segment.start);
  }

  /** What is held of packs now; it stays as it is. */
  get pieces(): readonly PackPiece[] {
    return this.#order.flatMap(({ segment: { pack, start, memory, isRead } }) =>
      isRead ? [{ pack, start, memory }] : [],
    );
  }

  /** What was read of the pack turned out to be damaged: it is read anew when it is asked for again. */
  forget(source: PackSource, pack: NumberedPack): void {
    const key = keyOf(source, pack);
    for (const segment of this.#segments.get(key) ?? []) this.#drop(key, segment);
  }

  #fetch(source: PackSource, pack: NumberedPack, range: SegmentRange, signal: AbortSignal): Segment {
    const { whole } = source;
    const key = keyOf(source, pack);
    const { offset, length: wanted, ahead } = range;
    const window = ahead === readAheadBytes ? ahead : 1;
    const start = whole ? 0 : Math.floor(offset / window) * window;
    const until = Math.max(start + ahead, Math.ceil((offset + wanted) / window) * window);
    const end = whole ? pack.size : Math.max(offset + wanted, Math.min(pack.size, until));
    const length = end - start;
    const memory = new SharedArrayBuffer(length);
    const bytes = source.read(pack, { offset: start, length }, { room: Buffer.from(memory), signal });
    const segment: Segment = { pack: pack.number, start, end, memory, bytes, size: length, isRead: false };
    this.#keep(key, segment);
    bytes.then(
      () => (segment.isRead = true),
      () => this.#drop(key, segment),
    );
    return segment;
  }

  #keep(key: string, segment: Segment): void {
    const list = this.#segments.get(key) ?? [];
    list.push(segment);
    this.#segments.set(key, list);
    this.#order.push({ key, segment });
    this.#bytes += segment.size;
    while (this.#bytes > keptBytes && this.#order.length > 1) {
      const oldest = this.#order.shift();
      if (oldest) this.#drop(oldest.key, oldest.segment);
    }
  }

  #drop(key: string, segment: Segment): void {
    const list = this.#segments.get(key);
    if (!list?.includes(segment)) return;
    const left = list.filter((other) => other !== segment);
    if (left.length === 0) this.#segments.delete(key);
    else this.#segments.set(key, left);
    this.#order = this.#order.filter((entry) => entry.segment !== segment);
    this.#bytes -= segment.size;
  }
}

const keyOf = (source: PackSource, pack: NumberedPack): string => `${source.name}/${pack.id}`;
