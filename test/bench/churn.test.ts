import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { churn } from '../../bench/data/churn.ts';
import { bytesBelow, filesBelow } from '../../bench/data/files.ts';
import type { DataSizes } from '../../bench/data/sizes.ts';
import { writeMixed } from '../../bench/data/write-data.ts';

const sizes: DataSizes = {
  photos: { files: 4, bytes: 200_000 },
  apps: { files: 196, meanBytes: 2000 },
  messages: { files: 2, bytes: 100_000 },
  wide: { folders: 1, filesInFolder: 1 },
};

describe('the data of the benchmarks', () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'bench-data-'));
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  const contents = (root: string): readonly string[] =>
    filesBelow(root).map(({ path }) => `${path.slice(root.length)} ${readFileSync(path, 'base64')}`);

  it('is the same for the same seed, also after churn, and another for another seed', () => {
    const roots = [1, 1, 2].map((seed, i) => {
      const root = join(home, String(i));
      writeMixed(root, sizes, seed);
      churn(root, seed, 0);
      return contents(root);
    });
    expect(roots[0]).toEqual(roots[1]);
    expect(roots[0]).not.toEqual(roots[2]);
  });

  it('changes 2 % of the files and 1 % of the bytes', () => {
    const root = join(home, 'data');
    writeMixed(root, sizes, 3);
    const before = contents(root);
    const total = bytesBelow(root);
    const { files, bytes } = churn(root, 3, 0);
    const after = contents(root);
    expect(after.filter((content, i) => content !== before[i])).toHaveLength(files);
    expect(files).toBe(Math.ceil(before.length * 0.02));
    expect(bytes / total).toBeLessThanOrEqual(0.01);
  });
});
