import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { bytesBelow } from '../data/files.ts';
import { writeLarge, writeWide } from '../data/write-data.ts';
import type { Who } from '../report/samples.ts';
import type { Command } from '../tools/measure.ts';
import type { Bench } from '../works/bench.ts';
import { type Grown, scaleNames } from './names.ts';
import type { ScaleSizes } from './sizes.ts';

const filesInFolder = 500;

interface Work {
  readonly name: string;
  readonly ours: Command;
  readonly theirs: Command | undefined;
}

/** A first and an unchanged backup at each point of the cost curve, and then one folder with very many entries. */
export const grownTrees = async (bench: Bench, source: string, sizes: ScaleSizes): Promise<void> => {
  for (const amount of sizes.files)
    await grown(bench, { source, kind: 'files', amount }, (root) => {
      const folders = Math.ceil(amount / filesInFolder);
      writeWide(root, { folders, filesInFolder: amount / folders }, bench.parts.seed);
    });
  for (const amount of sizes.bytes)
    await grown(bench, { source, kind: 'bytes', amount }, (root) => writeLarge(root, amount, bench.parts.seed));
  await wideFolder(bench, source, sizes.wideFolder);
};

const grown = async (
  bench: Bench,
  { source, kind, amount }: { readonly source: string; readonly kind: Grown; readonly amount: number },
  write: (root: string) => void,
): Promise<void> => {
  const data = join(source, 'grown');
  write(data);
  const { ours, theirs } = await backups(bench, data);
  await inTurn(bench, [
    { name: scaleNames.first(kind, amount), ours, theirs },
    { name: scaleNames.unchanged(kind, amount), ours, theirs },
  ]);
  rmSync(data, { recursive: true });
};

const wideFolder = async (bench: Bench, source: string, entries: number): Promise<void> => {
  const data = join(source, 'wide-folder');
  writeWide(data, { folders: 1, filesInFolder: entries }, bench.parts.seed);
  const folder = join(data, 'folder-0');
  const { ours, theirs, command, restic } = await backups(bench, data);
  const target = bench.path('restored');
  await inTurn(
    bench,
    [
      { name: scaleNames.folderFirst(entries), ours, theirs },
      { name: scaleNames.folderUnchanged(entries), ours, theirs },
      {
        name: scaleNames.folderLs(entries),
        ours: command('ls', 'latest', folder),
        theirs: restic('ls', 'latest', folder),
      },
      {
        name: scaleNames.folderRestore(entries),
        ours: command('restore', 'latest', '--to', target),
        theirs: restic('restore', 'latest', '--target', target),
      },
    ],
    () => {
      if (bytesBelow(join(target, data)) !== bytesBelow(data)) throw new Error('the restore did not give all bytes');
      bench.remove('restored');
    },
  );
  rmSync(data, { recursive: true });
};

/** New repositories for both, with key files of the same cost. */
const backups = async (bench: Bench, data: string) => {
  const setup = bench.setup('grown', data);
  await setup.create(['a', 'peer']);
  setup.aim(['a']);
  const { restic } = bench.parts;
  const peer = setup.repository('peer');
  return {
    ours: setup.command('backup'),
    theirs: restic?.backup(peer, data),
    command: (...args: readonly string[]): Command => setup.command(...args),
    restic: (...args: readonly string[]): Command | undefined => restic?.command(peer, ...args),
  };
};

/** All of ours and then all of theirs, so that only one repository stands at a time; ours is judged and removed, and so is theirs. */
const inTurn = async (bench: Bench, works: readonly Work[], after: () => void = () => undefined): Promise<void> => {
  const all = async (who: Who, commandOf: (work: Work) => Command | undefined): Promise<void> => {
    let ran = false;
    for (const work of works) {
      const command = commandOf(work);
      ran ||= command !== undefined;
      if (command) await bench.time({ work: work.name, who, round: 0 }, command);
    }
    if (ran) after();
  };
  await all('triplicate', ({ ours }) => ours);
  await bench.judge([bench.path('grown/a')]);
  bench.remove('grown/a');
  await all('restic', ({ theirs }) => theirs);
  bench.remove('grown');
};
