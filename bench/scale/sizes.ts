const kib = 1024;
const mib = 1024 * kib;

export interface SyntheticSize {
  readonly packs: number;
  /** Of each pack, without its header. */
  readonly packBytes: number;
  readonly blobsInPack: number;
  /** Of the files in a folder of its tree. */
  readonly filesInFolder: number;
}

export interface ScaleSizes {
  readonly synthetic: SyntheticSize;
  /** How many tiny files each point of the curve has; the last tree is the largest. */
  readonly files: readonly number[];
  /** The same for bytes that do not compress, in large files. */
  readonly bytes: readonly number[];
  /** Entries of the one large folder. */
  readonly wideFolder: number;
}

/** 2 TB in 10 million blobs; a million files; 4 GiB; 300,000 entries in one folder. */
export const fullScale: ScaleSizes = {
  synthetic: { packs: 120_000, packBytes: 16 * mib, blobsInPack: 84, filesInFolder: 100 },
  files: [1000, 10_000, 100_000, 1_000_000],
  bytes: [256 * mib, 1024 * mib, 4096 * mib],
  wideFolder: 300_000,
};

export const quickScale: ScaleSizes = {
  synthetic: { packs: 6000, packBytes: 16 * mib, blobsInPack: 84, filesInFolder: 100 },
  files: [1000, 5000, 20_000],
  bytes: [32 * mib, 128 * mib],
  wideFolder: 20_000,
};
