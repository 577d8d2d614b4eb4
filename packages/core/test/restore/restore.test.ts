import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { bytesFromText, textFromBytes } from '../../src/bytes.ts';
import { isBackupError } from '../../src/errors.ts';
import { writeXattr } from '../../src/posix/xattr.ts';
import type { RestoreOptions, RestoreProgress } from '../../src/restore/options.ts';
import { asNobody, isRoot, temporaryFolder } from '../posix/temporary.ts';
import { paths, problems, restore, text } from './kit.ts';
import { file, folder, link, MemorySnapshot } from './memory-snapshot.ts';

describe('a restore', () => {
  it('makes the folder and counts what it wrote', async () => {
    using temporary = temporaryFolder();
    const progress: RestoreProgress[] = [];
    const spec = { a: file('12'), b: folder({ c: file(['34', '5']), d: link('c'), e: folder({}) }), f: file('') };
    const report = await restore(spec, temporary.at('new/root'), { onProgress: (each) => progress.push(each) });
    expect(report).toMatchObject({ files: 4, bytes: 5, skipped: 0, deleted: 0, problems: [], problemCount: 0 });
    expect(progress.at(-1)).toMatchObject({ files: 4, bytes: 5, regular: 3 });
    expect(text(temporary.at('new/root/b/c'))).toBe('345');
    expect(readlinkSync(temporary.at('new/root/b/d'))).toBe('c');
    expect(readdirSync(temporary.at('new/root/b/e'))).toEqual([]);
  });

  it('gives every entry its mode and its time, folders too, though files came into them later', async () => {
    using temporary = temporaryFolder();
    const mtime = '1969-07-20T20:17:40.000000001Z';
    await restore(
      {
        a: folder(
          { b: folder({ c: file('1', { mtime, mode: 0o400 }) }, { mtime, mode: 2 ** 31 + 0o500 }) },
          { mtime, mode: 2 ** 31 + 0o555 },
        ),
      },
      temporary.at('root'),
    );
    const stats = ['a', 'a/b', 'a/b/c'].map((name) => lstatSync(temporary.at(`root/${name}`), { bigint: true }));
    expect(stats.map(({ mtimeNs }) => mtimeNs)).toEqual([
      -14_182_939_999_999_999n,
      -14_182_939_999_999_999n,
      -14_182_939_999_999_999n,
    ]);
    expect(stats.map(({ mode }) => Number(mode) & 0o7777)).toEqual([0o555, 0o500, 0o400]);
  });

  it('takes a file without a mode for one that nobody may read, as Go writes it, and tolerates nodes without times', async () => {
    using temporary = temporaryFolder();
    const zero = '0001-01-01T00:00:00Z';
    const bare = { mtime: zero, atime: zero, ctime: zero };
    const before = BigInt(Date.now() - 60_000) * 1_000_000n;
    const spec = { a: folder({ b: file('1', bare) }, bare) };
    const snapshot = new MemorySnapshot(spec);
    const list = snapshot.list.bind(snapshot);
    snapshot.list = async function* (path) {
      for await (const { mode: _, ...node } of list(path)) yield node;
    };
    expect(problems(await restore(snapshot, temporary.at('root')))).toEqual([]);
    expect(lstatSync(temporary.at('root/a')).mode & 0o7777).toBe(0o700);
    expect(lstatSync(temporary.at('root/a/b')).mode & 0o7777).toBe(0);
    expect(lstatSync(temporary.at('root/a/b'), { bigint: true }).mtimeNs).toBeGreaterThan(before);
  });

  it('writes the names of one file as hard links, in whichever folders they are', async () => {
    using temporary = temporaryFolder();
    const twin = { links: 4n, inode: 7n, deviceId: 1n };
    const spec = {
      a: folder({ x: file('text', twin) }),
      b: folder({ c: folder({ y: file('text', twin) }) }),
      z: file('text', twin),
      other: file('text', { ...twin, deviceId: 2n }),
    };
    const report = await restore(spec, temporary.at('root'));
    const inodes = ['a/x', 'b/c/y', 'z', 'other'].map((name) => lstatSync(temporary.at(`root/${name}`)).ino);
    expect(new Set(inodes.slice(0, 3)).size).toBe(1);
    expect(inodes[3]).not.toBe(inodes[0]);
    expect([report.files, report.bytes]).toEqual([4, 8]);
    const again = await restore(spec, temporary.at('root'), { overwrite: 'if-changed' });
    expect([again.files, again.skipped]).toEqual([0, 4]);
  });

  it('restores the other names of a file whose first name could not be had', async () => {
    using temporary = temporaryFolder();
    mkdirSync(temporary.at('root/a/x'), { recursive: true });
    writeFileSync(temporary.at('root/a/x/inside'), '');
    const twin = { links: 3n, inode: 7n };
    const report = await restore(
      { a: folder({ x: file('text', twin) }), b: file('text', twin), c: file('text', twin) },
      temporary.at('root'),
    );
    expect(problems(report)).toEqual(['a/x: ALREADY_EXISTS']);
    expect([text(temporary.at('root/b')), text(temporary.at('root/c'))]).toEqual(['text', 'text']);
  });

  it('restores a part: a folder of the snapshot as the root, paths, and patterns', async () => {
    const spec = {
      home: folder({
        ann: folder({
          'a.txt': file('1'),
          'b.jpg': file('2'),
          sub: folder({ 'c.txt': file('3'), cache: folder({ 'd.txt': file('4') }) }),
        }),
        bob: folder({ 'e.txt': file('5') }),
      }),
      etc: folder({ f: file('6') }),
    };
    const found = async (options: Partial<RestoreOptions>): Promise<string[]> => {
      using temporary = temporaryFolder();
      const report = await restore(spec, temporary.at('root'), options);
      expect(report.problems).toEqual([]);
      return readdirSync(temporary.at('root'), { recursive: true }).map(String).sort();
    };
    expect(await found({ from: bytesFromText('home/ann'), exclude: ['cache'] })).toEqual([
      'a.txt',
      'b.jpg',
      'sub',
      'sub/c.txt',
    ]);
    expect(await found({ paths: paths('home/ann/sub/cache', 'etc/f') })).toEqual([
      'etc',
      'etc/f',
      'home',
      'home/ann',
      'home/ann/sub',
      'home/ann/sub/cache',
      'home/ann/sub/cache/d.txt',
    ]);
    expect(await found({ include: ['*.txt'], exclude: ['/home/ann/sub'] })).toEqual([
      'home',
      'home/ann',
      'home/ann/a.txt',
      'home/bob',
      'home/bob/e.txt',
    ]);
    expect(await found({ include: ['/home/*/sub', 'f'] })).toEqual([
      'etc',
      'etc/f',
      'home',
      'home/ann',
      'home/ann/sub',
      'home/ann/sub/c.txt',
      'home/ann/sub/cache',
      'home/ann/sub/cache/d.txt',
    ]);
  });

  it('reports a path that the snapshot does not have, and restores the others', async () => {
    using temporary = temporaryFolder();
    const report = await restore({ a: file('1'), b: folder({}) }, temporary.at('root'), {
      paths: paths('b/none', 'a'),
    });
    expect(problems(report)).toEqual(['b/none: NOT_FOUND']);
    expect(text(temporary.at('root/a'))).toBe('1');
    const from = restore({ a: file('1') }, temporary.at('root'), { from: bytesFromText('nowhere') });
    await expect(from).rejects.toSatisfy((error) => isBackupError(error, 'NOT_FOUND'));
  });

  it('looks only into the folders that a pattern from the root can mean', async () => {
    using temporary = temporaryFolder();
    const snapshot = new MemorySnapshot({
      a: folder({ b: folder({ c: file('1') }), other: folder({}) }),
      z: folder({}),
    });
    const list = snapshot.list.bind(snapshot);
    const listed: string[] = [];
    snapshot.list = (path) => {
      listed.push(textFromBytes(path));
      return list(path);
    };
    await restore(snapshot, temporary.at('root'), { include: ['/a/b/*'] });
    expect(listed).toEqual(['', 'a', 'a/b']);
    expect(text(temporary.at('root/a/b/c'))).toBe('1');
  });
});

describe('a dry run', () => {
  it('counts and changes nothing', async () => {
    using temporary = temporaryFolder();
    mkdirSync(temporary.at('root/old'), { recursive: true });
    writeFileSync(temporary.at('root/a'), 'standing');
    const twin = { links: 2n, inode: 7n };
    const spec = { a: file('12', twin), b: folder({ c: file('12', twin), d: link('x') }) };
    const report = await restore(spec, temporary.at('root'), { dryRun: true, delete: true });
    expect(report).toMatchObject({ files: 3, bytes: 2, skipped: 0, deleted: 1 });
    expect(readdirSync(temporary.at('root')).sort()).toEqual(['a', 'old']);
    expect(text(temporary.at('root/a'))).toBe('standing');
    await restore(spec, temporary.at('nowhere'), { dryRun: true });
    expect(existsSync(temporary.at('nowhere'))).toBe(false);
  });
});

describe('verification', () => {
  it('reads back what was written, and refuses content that is not what its id says', async () => {
    using temporary = temporaryFolder();
    const snapshot = new MemorySnapshot({ a: file(['right']), b: file(['wrong']) });
    const content = {
      async *open(...args: Parameters<MemorySnapshot['open']>) {
        for await (const blob of snapshot.open(...args))
          yield Buffer.from(blob).toString() === 'wrong' ? Buffer.from('WRONG') : blob;
      },
    };
    const report = await restore(snapshot, temporary.at('root'), { verify: true, content });
    expect(problems(report)).toEqual(['b: CORRUPT']);
    expect(readdirSync(temporary.at('root'))).toEqual(['a']);
  });
});

describe('attributes that cannot be set', () => {
  it.skipIf(!isRoot)(
    'are counted, and no problem of the entry, where nobody but root could set them (skipped for others than root)',
    async () => {
      using temporary = temporaryFolder();
      spawnSync('chmod', ['755', temporary.path]);
      mkdirSync(temporary.at('root'));
      spawnSync('chown', ['65534:65534', temporary.at('root')]);
      const extendedAttributes = [
        {
          name: bytesFromText('security.capability'),
          value: Buffer.from('0100000200200000000000000000000000000000', 'hex'),
        },
      ];
      const report = await asNobody(() =>
        restore(
          { a: file('1', { uid: 1, gid: 2, extendedAttributes }), b: folder({}, { uid: 1, gid: 2 }) },
          temporary.at('root'),
        ),
      );
      expect(problems(report)).toEqual([]);
      expect(lstatSync(temporary.at('root/a')).uid).toBe(65534);
      expect(report.lost).toEqual({ owners: 2, attributes: 1, modes: 0 });
    },
  );

  it('are a problem of their entry, which stays', async ({ skip }) => {
    using temporary = temporaryFolder();
    try {
      writeXattr(temporary.bytes, bytesFromText('user.try'), new Uint8Array(1));
    } catch {
      skip('the file system has no extended attributes');
    }
    const extendedAttributes = [
      { name: bytesFromText('nosuch.space'), value: Buffer.from('1') },
      { name: bytesFromText('user.fine'), value: Buffer.from('2') },
    ];
    const report = await restore({ a: file('1', { extendedAttributes }) }, temporary.at('root'));
    expect(report.problems.map(({ error }) => error.context)).toEqual([
      { system: 'ENOTSUP', part: 'extended attributes' },
    ]);
    expect(text(temporary.at('root/a'))).toBe('1');
    expect([
      ...((await import('../../src/posix/xattr.ts')).readXattrs(bytesFromText(temporary.at('root/a'))) ?? []),
    ]).toEqual([['user.fine', Buffer.from('2')]]);
  });

  it('of a folder that stood there go when the snapshot does not have them, ACLs among them', async ({ skip }) => {
    using temporary = temporaryFolder();
    const sub = bytesFromText(temporary.at('root/sub'));
    mkdirSync(temporary.at('root/sub'), { recursive: true });
    try {
      for (const name of ['user.kept', 'user.foreign']) writeXattr(sub, bytesFromText(name), Buffer.from('old'));
    } catch {
      skip('the file system has no extended attributes');
    }
    const extendedAttributes = [{ name: bytesFromText('user.kept'), value: Buffer.from('new') }];
    const report = await restore({ sub: folder({ a: file('1') }, { extendedAttributes }) }, temporary.at('root'));
    expect(problems(report)).toEqual([]);
    const { readXattrs } = await import('../../src/posix/xattr.ts');
    expect([...(readXattrs(sub) ?? [])]).toEqual([['user.kept', Buffer.from('new')]]);
  });
});
