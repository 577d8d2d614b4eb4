/** Part of a pack, and where it is read to. */
export interface PlannedRead {
  readonly pack: number;
  readonly offset: number;
  readonly length: number;
  readonly to: number;
}

export interface PlannedBlob {
  readonly pack: number;
  readonly offset: number;
  readonly length: number;
}

export interface ReadPlan {
  readonly reads: readonly PlannedRead[];
  /** Where each of the blobs will stand. */
  readonly at: readonly number[];
}

/** As much between two blobs is read along: that costs less than another request. */
const smallGap = 64 * 1024;

/**
 * How blobs are read into `room` bytes of memory, which they fit into, each once, and neighbours of a pack by one request.
 */
export const planReads = (blobs: readonly PlannedBlob[], room: number): ReadPlan => {
  const order = [...blobs.keys()].toSorted((a, b) => compare(blobs[a], blobs[b]));
  const at = blobs.map(() => 0);
  const reads: { pack: number; offset: number; length: number; to: number }[] = [];
  let spare = room - blobs.reduce((sum, { length }) => sum + length, 0);
  let used = 0;
  for (const index of order) {
    const blob = blobs[index];
    if (blob === undefined) continue;
    const last = reads.at(-1);
    const gap = last?.pack === blob.pack ? blob.offset - (last.offset + last.length) : Number.POSITIVE_INFINITY;
    if (last === undefined || gap > Math.min(smallGap, spare)) {
      reads.push({ ...blob, to: used });
      at[index] = used;
      used += blob.length;
      continue;
    }
    at[index] = last.to + blob.offset - last.offset;
    const more = Math.max(0, gap + blob.length);
    // A gap takes of what is spare; a blob that two files have gives its length back.
    spare -= more - blob.length;
    last.length += more;
    used += more;
  }
  return { reads, at };
};

const compare = (a: PlannedBlob | undefined, b: PlannedBlob | undefined): number =>
  a === undefined || b === undefined ? 0 : a.pack - b.pack || a.offset - b.offset;
