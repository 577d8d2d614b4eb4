/** Small trees with something of everything, the same for the same seed. */
import { createCipheriv } from 'node:crypto';
import { linkSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Incompressible bytes that are the same for the same seed. */
export const seededBytes = (seed: number, length: number): Buffer => {
  const key = Buffer.alloc(16);
  key.writeUInt32LE(seed >>> 0);
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length));
};

export interface SampleOptions {
  readonly seed: number;
  readonly folders?: number;
  readonly filesInFolder?: number;
  /** Of each of the larger files. */
  readonly largeBytes?: number;
}

export const writeSampleTree = (root: string, options: SampleOptions): void => {
  const { seed, folders = 8, filesInFolder = 20, largeBytes = 2_500_000 } = options;
  for (let f = 0; f < folders; f += 1) {
    const folder = join(root, `folder ${f}`, 'inner');
    mkdirSync(folder, { recursive: true });
    for (let i = 0; i < filesInFolder; i += 1) {
      const bytes =
        i % 3 === 0
          ? Buffer.from(`line ${seed} ${f} ${i}\n`.repeat(i * 7))
          : seededBytes(seed * 1000 + f * 50 + i, 200 * i);
      writeFileSync(join(folder, `file-${i}`), bytes);
      utimesSync(join(folder, `file-${i}`), 1_700_000_000 + i, 1_700_000_000 + seed + i);
    }
    writeFileSync(join(root, `folder ${f}`, 'large'), seededBytes(seed * 77 + f, largeBytes));
  }
  writeFileSync(join(root, 'empty'), '');
  writeFileSync(join(root, 'naïve ☂ "quoted" \\ name\n'), 'odd');
  symlinkSync('folder 0/large', join(root, 'link'));
  linkSync(join(root, 'folder 0', 'large'), join(root, 'hard'));
};
