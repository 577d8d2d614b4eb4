import { join } from 'node:path';
import { encodeSealedSnapshot } from '@triplicate/core';
import { writeObject } from '../../packages/core/src/repository/objects.ts';
import { noise } from '../data/noise.ts';
import { openRepository } from './open-repository.ts';
import { RealPacks } from './real-packs.ts';
import type { SyntheticSize } from './sizes.ts';
import { IndexWriter, syntheticPack, writeHole } from './synthetic-packs.ts';
import { fileNode, SyntheticTree } from './synthetic-tree.ts';

const pieceBytes = 1024 * 1024;
const pieces = 3;

export interface Synthetic {
  readonly blobs: number;
  readonly packs: number;
  readonly files: number;
  /** What the packs take by their sizes. */
  readonly storedBytes: number;
  /** The path in the snapshot of the one file whose bytes are there. */
  readonly realFile: string;
  readonly realBytes: Buffer;
}

/**
 * Fills the repository `name` in `home` that `init` has made with one snapshot over packs of the wanted size. Packs of content are holes of
 * the right size, all but the one with the real file; index files, trees and the snapshot are as any. Structure is whole; content is not.
 */
export const writeSynthetic = async (
  home: string,
  name: string,
  { size, seed }: { readonly size: SyntheticSize; readonly seed: number },
): Promise<Synthetic> => {
  const repository = await openRepository(home, name);
  const content = new RealPacks(repository, 'data');
  const trees = new RealPacks(repository, 'tree');
  const tree = new SyntheticTree(trees, size.filesInFolder);
  const index = new IndexWriter(repository);
  const folders = new Set<string>();
  for (let number = 0; number < size.packs; number += 1) {
    const pack = syntheticPack(size, seed, number);
    writeHole(join(home, name), pack, folders);
    await tree.add(pack);
    await index.add(pack);
  }
  const realBytes = noise(seed, size.packs, pieces * pieceBytes);
  const ids: string[] = [];
  for (let i = 0; i < pieces; i += 1)
    ids.push(await content.add(realBytes.subarray(i * pieceBytes, (i + 1) * pieceBytes)));
  const root = await tree.end([fileNode('real.bin', ids, realBytes.byteLength)]);
  await content.close();
  await trees.close();
  const real = [...content.written, ...trees.written];
  for (const pack of real) await index.add(pack);
  await index.flush();
  const file = { time: '2026-11-29T04:29:56.123456789Z', tree: root, paths: ['/data'], hostname: 'scale' };
  const { bytes } = encodeSealedSnapshot({ masterKey: repository.key, config: repository.config }, file);
  await writeObject(repository.destination, { kind: 'snapshots', bytes }, { signal: repository.signal });
  return {
    blobs: size.packs * size.blobsInPack + real.reduce((sum, { blobs }) => sum + blobs.length, 0),
    packs: size.packs + real.length,
    files: tree.files + 1,
    storedBytes: size.packs * size.packBytes,
    realFile: '/data/real.bin',
    realBytes,
  };
};
