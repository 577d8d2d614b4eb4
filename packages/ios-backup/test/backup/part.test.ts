import { collect, isBackupError } from '@triplicate/core';
import { describe, expect, it } from 'vitest';
import { openBackup } from '../../src/index.ts';
import type { BackupFiles, PhonePath } from '../../src/index.ts';
import { buildBackup } from '../fixtures/backup-builder.ts';
import type { BackupInput, PhoneEntry } from '../fixtures/backup-builder.ts';
import { signal } from '../fixtures/signal.ts';

const file = (domain: string, path: string, size = 5): PhoneEntry => ({
  domain,
  path,
  bytes: Buffer.alloc(size, path),
});
const entries: readonly PhoneEntry[] = [
  { domain: 'AppDomain-a', path: '' },
  { domain: 'AppDomain-a', path: 'Documents' },
  { domain: 'AppDomain-a', path: 'Documents/deep' },
  file('AppDomain-a', 'Documents/deep/one'),
  file('AppDomain-a', 'Documents/two', 16),
  file('AppDomain-a', 'Documents two'),
  file('AppDomain-a', 'Library/x.db'),
  file('AppDomain-a', 'Library/x.db-wal', 0),
  file('HomeDomain', 'Library/a'),
  file('HomeDomain', 'Library/b'),
];

const partOf = async (input: Partial<BackupInput>, ...places: readonly PhonePath[]) => {
  const { password } = input;
  await using backup = await openBackup(buildBackup({ entries, ...input }), { signal, password });
  const part = await backup.part(places, { signal });
  return { ...part, paths: await listed(part.files, password) };
};

/** What another look into the derived tree finds, folders with a slash. */
const listed = async (files: BackupFiles, password: string | undefined): Promise<string[]> => {
  await using backup = await openBackup(files, { signal, password });
  const all = [...backup.manifest.entries()];
  for (const entry of all)
    if (entry.kind === 'file')
      expect((await collect(backup.open(entry, { signal }))).length).toBe(entry.details().size);
  return all.map(({ domain, path, kind }) => `${domain} ${path}${kind === 'folder' ? '/' : ''}`);
};

describe.each([
  ['plain', undefined],
  ['encrypted', 'secret'],
] as const)('a part of a backup, %s,', (_name, password) => {
  it('is the place, what is below it, and the folders above', async () => {
    const part = await partOf({ password: password as string }, { domain: 'AppDomain-a', path: 'Documents/deep' });
    expect(part.paths).toEqual([
      'AppDomain-a /',
      'AppDomain-a Documents/',
      'AppDomain-a Documents/deep/',
      'AppDomain-a Documents/deep/one',
    ]);
    expect([part.apps, part.bytes]).toEqual([['a'], 5]);
  });

  it('has each file once, wherever it was chosen, and none whose name only begins alike', async () => {
    const place = { domain: 'AppDomain-a', path: 'Documents' };
    const part = await partOf({ password: password as string }, place, { ...place, path: 'Documents/two' }, place);
    expect(part.paths).not.toContain('AppDomain-a Documents two');
    expect(part.entries.map(({ path }) => path).toSorted()).toEqual(['Documents/deep/one', 'Documents/two']);
  });

  it('has a database with its log, by whichever it was chosen', async () => {
    for (const path of ['Library/x.db', 'Library/x.db-wal']) {
      const part = await partOf({ password: password as string }, { domain: 'AppDomain-a', path });
      expect(part.entries.map((entry) => entry.path)).toEqual(
        expect.arrayContaining(['Library/x.db', 'Library/x.db-wal']),
      );
      expect(part.entries).toHaveLength(2);
    }
  });

  it('is refused where a file is not whole, and the base is never changed', async () => {
    const tree = buildBackup({ entries, password: password as string });
    await using backup = await openBackup(tree, { signal, password });
    const broken = backup.manifest.find('HomeDomain', 'Library/a');
    if (broken === undefined) throw new Error('no entry');
    tree.put(backup.manifest.place(broken), Buffer.alloc(3));
    const failed = await backup.part([{ domain: 'HomeDomain', path: '' }], { signal }).catch((error: unknown) => error);
    expect(isBackupError(failed, 'CORRUPT') && failed.message).toContain('"HomeDomain/Library/a" as a whole');
    await backup.part([{ domain: 'HomeDomain', path: 'Library/b' }], { signal });
  });
});
