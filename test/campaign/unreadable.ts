/** Files that may not be read: as root there are none, so somebody else backs them up. */
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nobody, saidOf, triplicate, writeConfig } from '../kit/program.ts';
import { complaints } from '../kit/restic.ts';
import { compareRecords, recordTree } from '../kit/tree-record.ts';

/** What does not hold: the rest is stored, what could not be read is named, and the program ends with 3. */
export const unreadable = async (folder: string): Promise<string[]> => {
  const home = join(folder, 'unreadable');
  const source = join(home, 'source');
  for (const path of [home, source, join(source, 'shut folder')]) mkdirSync(path);
  for (const name of ['open', 'shut', 'shut folder/inside']) writeFileSync(join(source, name), name);
  const isRoot = process.getuid?.() === 0;
  if (isRoot) {
    chmodSync(folder, 0o755);
    for (const path of ['', 'source', 'source/open', 'source/shut', 'source/shut folder'])
      chownSync(join(home, path), nobody.uid, nobody.gid);
  }
  const runAs = isRoot ? nobody : {};
  for (const name of ['shut', 'shut folder']) chmodSync(join(source, name), 0);
  writeConfig(home, { paths: [source], destinations: { a: '{ type: local, path: ./a }' } });
  const wrong: string[] = [];
  const made = await triplicate(home, ['init'], runAs);
  const backup = await triplicate(home, ['--json', 'backup'], runAs);
  if (made.code !== 0) wrong.push(`init ended with ${made.code}: ${made.talk}`);
  if (backup.code !== 3) wrong.push(`a backup of unreadable files ended with ${backup.code}: ${backup.talk}`);
  const named = backup.lines.flatMap(({ type, path }) => (type === 'unreadable' ? [String(path)] : []));
  if (named.toSorted().join() !== [join(source, 'shut'), join(source, 'shut folder')].join())
    wrong.push(`named as unreadable are ${named.join(', ')}`);
  wrong.push(...(await complaints([join(home, 'a')], ['check', '--read-data'])));
  const to = join(home, 'restored');
  const restored = await triplicate(home, ['restore', 'latest', '--to', to]);
  if (restored.code !== 0) wrong.push(`a restore of what was readable ended with ${restored.code}: ${restored.talk}`);
  const found = compareRecords(recordTree(source), recordTree(join(to, source)));
  const left = found.filter((line) => !/^only in the first: shut( folder.*)?$/.test(line));
  wrong.push(...left.map((line) => `of what was readable: ${line}`));
  for (const name of ['shut', 'shut folder']) chmodSync(join(source, name), 0o700);
  process.stdout.write(
    `unreadable files${isRoot ? ', as another user' : ''}: exit ${backup.code}, ${JSON.stringify(saidOf(backup))}, named: ${named.length}\n`,
  );
  return wrong;
};
