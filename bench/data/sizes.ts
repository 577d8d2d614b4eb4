const kib = 1024;
const mib = 1024 * kib;

export interface DataSizes {
  /** Large files that do not compress, as cameras write them. */
  readonly photos: { readonly files: number; readonly bytes: number };
  /** Many small files of every kind, half of them compressible. */
  readonly apps: { readonly files: number; readonly meanBytes: number };
  /** Text that compresses as conversations do. */
  readonly messages: { readonly files: number; readonly bytes: number };
  /** Tiny files, to measure what a file costs. */
  readonly wide: { readonly folders: number; readonly filesInFolder: number };
}

/** 2.1 GB in 20,520 files, and 300,000 tiny ones. */
export const fullSizes: DataSizes = {
  photos: { files: 480, bytes: 3 * mib },
  apps: { files: 20_000, meanBytes: 16 * kib },
  messages: { files: 40, bytes: 8 * mib },
  wide: { folders: 600, filesInFolder: 500 },
};

/** One gigabyte in 8,260 files, to be sent over a wire. */
export const uploadSizes: DataSizes = {
  photos: { files: 232, bytes: 3 * mib },
  apps: { files: 8000, meanBytes: 16 * kib },
  messages: { files: 18, bytes: 8 * mib },
  wide: { folders: 0, filesInFolder: 0 },
};

export const quickSizes: DataSizes = {
  photos: { files: 48, bytes: 3 * mib },
  apps: { files: 3000, meanBytes: 16 * kib },
  messages: { files: 6, bytes: 6 * mib },
  wide: { folders: 100, filesInFolder: 200 },
};
