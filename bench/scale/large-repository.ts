import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { run } from '../tools/measure.ts';
import { scryptCosts } from '../tools/restic.ts';
import type { Bench } from '../works/bench.ts';
import { scaleNames, storedName } from './names.ts';
import type { OpenedIndex } from './open-index.ts';
import type { SyntheticSize } from './sizes.ts';
import { writeSynthetic } from './write-synthetic.ts';

const openIndex = resolve(import.meta.dirname, 'open-index.ts');

/** A synthetic repository: what its index takes in memory, and what commands that look into it cost, restic's on the same one. */
export const largeRepository = async (
  bench: Bench,
  size: SyntheticSize,
): Promise<{ readonly index: OpenedIndex; readonly scrypt: readonly string[] }> => {
  const { restic, seed, say } = bench.parts;
  const setup = bench.setup('large', '/data');
  await setup.create(['a', 'empty']);
  setup.aim(['a']);
  const synthetic = await writeSynthetic(setup.home, 'a', { size, seed });
  const { blobs, files, packs, realBytes, realFile, storedBytes } = synthetic;
  const stored = storedName(storedBytes);
  say(`${stored}: ${blobs} blobs in ${packs} packs, ${files} files`);
  const repository = setup.repository('a');
  const target = bench.path('restored');
  const works = [
    { work: scaleNames.snapshots(stored), ours: ['snapshots'], theirs: ['snapshots'] },
    {
      work: scaleNames.ls(stored),
      ours: ['ls', 'latest', '/data/set-0000'],
      theirs: ['ls', 'latest', '/data/set-0000'],
    },
    {
      work: scaleNames.restoreOne(stored),
      ours: ['restore', 'latest', realFile, '--to', target],
      theirs: ['restore', 'latest', '--include', realFile, '--target', target],
    },
    { work: scaleNames.check(stored), ours: ['check'], theirs: ['check'] },
  ];
  for (const { work, ours, theirs } of works) {
    await bench.time({ work, who: 'triplicate', round: 0 }, setup.command(...ours));
    if (ours[0] === 'restore') expectRestored(join(target, realFile), realBytes);
    bench.remove('restored');
    if (restic) await bench.time({ work, who: 'restic', round: 0 }, restic.command(repository, ...theirs));
    bench.remove('restored');
  }
  const args = ['--expose-gc', '--conditions=@triplicate/source', openIndex, setup.home, 'empty', 'a'];
  const opened = JSON.parse(await run({ program: process.execPath, args })) as OpenedIndex;
  if (opened.blobs !== blobs) throw new Error(`the index holds ${opened.blobs} of ${blobs} blobs`);
  const scrypt = scryptCosts(repository);
  bench.remove('large');
  return { index: opened, scrypt };
};

const expectRestored = (file: string, bytes: Buffer): void => {
  if (!readFileSync(file).equals(bytes)) throw new Error('the restored file is another one');
};
