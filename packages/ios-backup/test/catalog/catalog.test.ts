import { collect } from '@triplicate/core';
import { describe, expect, it } from 'vitest';
import { folderView, openBackup } from '../../src/index.ts';
import type { BackupFiles, CatalogStore, IosBackup } from '../../src/index.ts';
import type { OverlayFiles } from '../../src/files/overlay-files.ts';
import { buildBackup } from '../fixtures/backup-builder.ts';
import { phone } from '../fixtures/phone/phone.ts';
import { signal } from '../fixtures/signal.ts';

/** A store in memory that knows secrets apart. */
const memoryStore = (): CatalogStore & { readonly kept: Map<string, Uint8Array> } => {
  const kept = new Map<string, Uint8Array>();
  const key = (name: string, secret: Uint8Array | undefined): string =>
    `${name} ${Buffer.from(secret ?? []).toString('hex')}`;
  return {
    kept,
    read: async (name, { secret }) => kept.get(key(name, secret)),
    write: async (name, bytes, { secret }) => Boolean(kept.set(key(name, secret), bytes)),
  };
};

/** The same tree with a fingerprint, as a snapshot has one, and a note of what was opened. */
const withFingerprint = (files: OverlayFiles): BackupFiles & { readonly opened: string[] } => {
  const opened: string[] = [];
  return {
    label: files.label,
    opened,
    stat: (path, options) => files.stat(path, options),
    list: (path, options) => files.list(path, options),
    open: (path, options) => {
      if (options.range === undefined) opened.push(path);
      return files.open(path, options);
    },
    fingerprint: async (path) => `fingerprint of ${path}`,
  };
};

const input = { entries: phone, password: 'catalog' };

const listing = (backup: IosBackup): string[] =>
  [...backup.manifest.entries()].map((entry) => {
    const { size, mode, modified, linkTarget, encryptionKey } = entry.details();
    const key = encryptionKey === undefined ? '' : Buffer.from(encryptionKey).toString('hex');
    return [entry.id, entry.kind, entry.domain, entry.path, size, mode, modified?.toISOString(), linkTarget, key].join(
      ' | ',
    );
  });

describe('a catalog', () => {
  it('says what the manifest says, without the manifest being read again', async () => {
    const catalogs = memoryStore();
    const files = withFingerprint(buildBackup(input));
    await using plain = await openBackup(buildBackup(input), { signal, password: 'catalog' });
    await using first = await openBackup(files, { signal, password: 'catalog', catalogs });
    expect(files.opened).toContain('Manifest.db');
    files.opened.length = 0;
    await using second = await openBackup(files, { signal, password: 'catalog', catalogs });
    expect(files.opened).not.toContain('Manifest.db');
    expect(listing(first)).toEqual(listing(plain));
    expect(listing(second)).toEqual(listing(plain));
    expect(second.manifest.count).toBe(plain.manifest.count);
    expect([...second.manifest.domains()].map(({ domain, entries }) => [domain, entries])).toEqual(
      [...plain.manifest.domains()].map(({ domain, entries }) => [domain, entries]),
    );
    const prefix = { domain: 'CameraRollDomain', prefix: 'Media/DCIM/' };
    expect([...second.manifest.entries(prefix)].map(({ path }) => path)).toEqual(
      [...plain.manifest.entries(prefix)].map(({ path }) => path),
    );
    const entry = second.manifest.find('HomeDomain', 'Library/SMS/sms.db');
    expect(entry && (await collect(second.open(entry, { signal }))).subarray(0, 15).toString()).toBe('SQLite format 3');
    expect(second.manifest.find('HomeDomain', 'Library/SMS/SMS.db')).toBeUndefined();
  });

  it('of an encrypted backup opens with the password alone', async () => {
    const catalogs = memoryStore();
    const files = withFingerprint(buildBackup(input));
    await (await openBackup(files, { signal, password: 'catalog', catalogs }))[Symbol.asyncDispose]();
    await expect(openBackup(files, { signal, password: 'wrong', catalogs })).rejects.toMatchObject({
      code: 'WRONG_PASSWORD',
    });
    await expect(openBackup(files, { signal, catalogs })).rejects.toMatchObject({ code: 'WRONG_PASSWORD' });
    expect([...catalogs.kept.keys()].every((key) => / [0-9a-f]{64}$/.test(key))).toBe(true);
  });

  it('that is none is made again', async () => {
    const catalogs = memoryStore();
    const files = withFingerprint(buildBackup(input));
    await (await openBackup(files, { signal, password: 'catalog', catalogs }))[Symbol.asyncDispose]();
    for (const [key, bytes] of catalogs.kept) catalogs.kept.set(key, bytes.slice(0, 300).fill(1, 20));
    await using backup = await openBackup(files, { signal, password: 'catalog', catalogs });
    expect(backup.manifest.count).toBeGreaterThan(10);
  });
});

describe('a folder', () => {
  const entries = ['a/b/1', 'a/b/2', 'a/b.txt', 'a/b c', 'a/b-d/x', 'top'].map((path) => ({
    domain: 'D',
    path,
    bytes: Buffer.from(path),
  }));

  it.each(['manifest', 'catalog'])(
    'shows each child once, with the sums of what is below it: by the %s',
    async (by) => {
      const folders = [
        { domain: 'D', path: 'a/b' },
        { domain: 'D', path: 'a/l', linkTarget: '/etc' },
        { domain: 'D', path: '😀/é/x', bytes: Buffer.from('12') },
      ];
      const files = buildBackup({ entries: [...entries, ...folders] });
      const catalogs = by === 'catalog' ? memoryStore() : undefined;
      await using backup = await openBackup(withFingerprint(files), { signal, catalogs });
      const view = (path: string): string[] =>
        [...folderView(backup.manifest, 'D', path)]
          .map(({ name, kind, files: count, bytes, linkTarget = '' }) =>
            `${name} ${kind} ${count} ${bytes} ${linkTarget}`.trim(),
          )
          .toSorted();
      expect(view('')).toEqual(['a folder 5 29', 'top file 1 3', '😀 folder 1 2']);
      expect(view('a')).toEqual(
        ['b c file 1 5', 'b folder 2 10', 'b-d folder 1 7', 'b.txt file 1 7', 'l link 0 0 /etc'].toSorted(),
      );
      expect(view('😀/é')).toEqual(['x file 1 2']);
      expect(view('a/b/1')).toEqual(['1 file 1 5']);
      expect(view('a/b/3')).toEqual([]);
      expect(view('a/')).toEqual([]);
    },
  );
});
