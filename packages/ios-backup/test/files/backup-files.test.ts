import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bytesFromText, collect, textFromBytes } from '@triplicate/core';
import type { BytePath, Node, SnapshotReader } from '@triplicate/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkPath, readWhole } from '../../src/files/backup-files.ts';
import type { BackupFiles } from '../../src/files/backup-files.ts';
import { FolderFiles } from '../../src/files/folder-files.ts';
import { OverlayFiles } from '../../src/files/overlay-files.ts';
import { SnapshotFiles } from '../../src/files/snapshot-files.ts';
import { signal } from '../fixtures/signal.ts';

const content: Readonly<Record<string, Buffer>> = {
  'Info.plist': Buffer.from('info'),
  'ab/abcd': Buffer.from('0123456789'),
  'ab/empty': Buffer.alloc(0),
};

/** A snapshot whose trees are made of paths: the same contract that a repository's reader has. */
const snapshot = (root: string): SnapshotReader => {
  const times = {
    mtime: '2026-01-01T00:00:00Z',
    atime: '2026-01-01T00:00:00Z',
    ctime: '2026-01-01T00:00:00Z',
    uid: 0,
    gid: 0,
  };
  const paths = new Map(Object.entries(content).map(([path, bytes]) => [`${root}/${path}`, bytes]));
  const isFolder = (path: string): boolean => path === '' || [...paths.keys()].some((p) => p.startsWith(`${path}/`));
  const nodeAt = (path: string): Node | undefined => {
    const name = bytesFromText(path.split('/').at(-1) ?? '');
    const bytes = paths.get(path);
    if (bytes !== undefined) return { name, type: 'file', size: bytes.length, ...times, content: [path] };
    return isFolder(path) ? { name, type: 'dir', ...times } : undefined;
  };
  return {
    id: 'f'.repeat(64),
    time: times.mtime,
    node: async (path: BytePath) => nodeAt(textFromBytes(path)),
    async *list(path: BytePath) {
      const prefix = path === '' ? '' : `${textFromBytes(path)}/`;
      const names = new Set(
        [...paths.keys()].filter((p) => p.startsWith(prefix)).map((p) => p.slice(prefix.length).split('/')[0]),
      );
      for (const name of [...names].toSorted((a = '', b = '') => (a < b ? -1 : 1))) {
        const node = nodeAt(prefix + (name ?? ''));
        if (node !== undefined) yield node;
      }
    },
    async *read(node, { range }) {
      const bytes = paths.get(node.content?.[0] ?? '') ?? Buffer.alloc(0);
      yield range === undefined ? bytes : bytes.subarray(range.offset, range.offset + range.length);
    },
  };
};

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'files-'));
  await mkdir(join(folder, 'ab'));
  for (const [path, bytes] of Object.entries(content)) await writeFile(join(folder, path), bytes);
  await symlink('/etc/passwd', join(folder, 'ab/link'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const overlay = (): OverlayFiles => {
  const base = new OverlayFiles('base')
    .put('Info.plist', Buffer.from('old'))
    .put('ab/abcd', content['ab/abcd'] ?? Buffer.alloc(0));
  base.put('ab/gone', Buffer.from('gone'));
  const top = new OverlayFiles('live', base).put('Info.plist', Buffer.from('info')).remove('ab/gone');
  return top.put('ab/empty', Buffer.alloc(0));
};

const kinds: readonly (readonly [string, () => BackupFiles])[] = [
  ['a folder', () => new FolderFiles(folder)],
  ['a snapshot', () => new SnapshotFiles(snapshot('MobileSync/x'), 'MobileSync/x')],
  ['a live overlay', overlay],
];

describe.each(kinds)('%s', (_name, open) => {
  it('says what stands where', async () => {
    const files = open();
    expect(await files.stat('ab/abcd', { signal })).toEqual({ kind: 'file', size: 10 });
    expect((await files.stat('ab', { signal }))?.kind).toBe('folder');
    expect(await files.stat('ab/none', { signal })).toBeUndefined();
    expect(await files.stat('ab/gone', { signal })).toBeUndefined();
    expect(await files.stat('none/none', { signal })).toBeUndefined();
  });

  it('reads whole files and ranges', async () => {
    const files = open();
    const read = async (offset: number, length: number): Promise<string> =>
      String(await collect(files.open('ab/abcd', { signal, range: { offset, length } })));
    expect(String(await collect(files.open('Info.plist', { signal })))).toBe('info');
    expect(await read(0, 3)).toBe('012');
    expect(await read(4, 100)).toBe('456789');
    expect(await read(10, 5)).toBe('');
    expect(await collect(files.open('ab/empty', { signal }))).toHaveLength(0);
  });

  it('lists a folder', async () => {
    const seen: string[] = [];
    for await (const entry of open().list('ab', { signal }))
      if (entry.kind === 'file') seen.push(`${entry.name} ${entry.size}`);
    expect(seen.toSorted((a, b) => (a < b ? -1 : 1))).toEqual(['abcd 10', 'empty 0']);
  });

  it('refuses paths that leave it, and what is not there', async () => {
    const files = open();
    for (const path of ['../x', '/etc/passwd', 'a//b', 'a/./b', 'a\\..\\b', 'a\0b', 'a/..']) {
      await expect(files.stat(path, { signal })).rejects.toMatchObject({ code: 'UNREADABLE' });
      await expect(collect(files.open(path, { signal }))).rejects.toMatchObject({ code: 'UNREADABLE' });
    }
    await expect(collect(files.open('none', { signal }))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(readWhole(files, 'none', { signal, limit: 10 })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('refuses a file above its limit before reading it', async () => {
    expect(String(await readWhole(open(), 'ab/abcd', { signal, limit: 10 }))).toBe('0123456789');
    await expect(readWhole(open(), 'ab/abcd', { signal, limit: 9 })).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });

  it('stops when it is told to', async () => {
    const stopped = AbortSignal.abort();
    await expect(open().stat('ab', { signal: stopped })).rejects.toMatchObject({ code: 'ABORTED' });
  });
});

it('a folder never follows a link out of the backup', async () => {
  const files = new FolderFiles(folder);
  expect(await files.stat('ab/link', { signal })).toEqual({ kind: 'other', size: 0 });
  await expect(collect(files.open('ab/link', { signal }))).rejects.toMatchObject({ code: 'UNREADABLE' });
});

it('a path is checked and given back', () => {
  expect(checkPath('ab/cd')).toBe('ab/cd');
  expect(() => checkPath('a/../b')).toThrow('is not a path inside the backup');
});
