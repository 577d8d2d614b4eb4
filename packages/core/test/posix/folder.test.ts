import { spawnSync } from 'node:child_process';
import {
  closeSync,
  constants,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  readSync,
  rmdirSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type BytePath, bytesFromText as name, type ByteName } from '../../src/bytes.ts';
import { atCalls } from '../../src/posix/at-calls.ts';
import { systemCode } from '../../src/posix/errno.ts';
import type { Folder } from '../../src/posix/folder.ts';
import { HandleFolder } from '../../src/posix/handle-folder.ts';
import { posixLimits } from '../../src/posix/limits.ts';
import { openFolder } from '../../src/posix/open-folder.ts';
import { PathFolder } from '../../src/posix/path-folder.ts';
import { changeModeByHandle } from '../../src/posix/unfollowed.ts';
import { isRoot, temporaryFolder } from './temporary.ts';

const failure = (act: () => unknown): string | undefined => {
  try {
    act();
  } catch (error) {
    return systemCode(error) ?? 'none';
  }
  return undefined;
};

const kinds: readonly [string, (path: BytePath) => Folder][] = [
  ['by path', (path) => new PathFolder(path)],
  ...(posixLimits().length === 0 ? [['by handle', openFolder] as const] : []).map(
    ([kind, open]): [string, (path: BytePath) => Folder] => [kind, open],
  ),
];

describe.each(kinds)('a folder held %s', (kind, open) => {
  it('lists its names as bytes, in byte order', () => {
    using temporary = temporaryFolder();
    using folder = open(temporary.bytes);
    const names = ['b', '\xff', 'a.txt', 'a', 'new\nline', 'x'.repeat(255), '\xc3\xa9'] as ByteName[];
    for (const each of names) closeSync(folder.createFile(each));
    expect(folder.names()).toEqual([...names].sort());
  });

  it('tells what stands under a name, of a link itself', () => {
    using temporary = temporaryFolder();
    writeFileSync(temporary.at('file'), '12345', { mode: 0o640 });
    symlinkSync('file', temporary.at('link'));
    using folder = open(temporary.bytes);
    const { ino, mtimeNs, uid, gid } = lstatSync(temporary.at('file'), { bigint: true });
    expect(folder.stat(name('file'))).toEqual({
      mode: 0o100640,
      size: 5,
      links: 1,
      inode: ino,
      mtimeNs,
      uid: Number(uid),
      gid: Number(gid),
    });
    expect(folder.stat(name('link'))?.mode).toBe(0o120777);
    expect(folder.stat(name('missing'))).toBeUndefined();
  });

  it('makes files and folders for their maker alone, and no file where something stands', () => {
    using temporary = temporaryFolder();
    symlinkSync('/nowhere', temporary.at('link'));
    using folder = open(temporary.bytes);
    folder.makeFolder(name('inner'));
    using inner = folder.openFolder(name('inner'));
    const fd = inner.createFile(name('file'));
    writeSync(fd, 'text', 0);
    expect(readSync(fd, Buffer.alloc(4), 0, 4, 0)).toBe(4);
    closeSync(fd);
    expect([
      lstatSync(temporary.at('inner')).mode & 0o7777,
      lstatSync(temporary.at('inner/file')).mode & 0o7777,
    ]).toEqual([0o700, 0o600]);
    expect(failure(() => inner.createFile(name('file')))).toBe('EEXIST');
    expect(failure(() => folder.createFile(name('link')))).toBe('EEXIST');
    expect(failure(() => folder.makeFolder(name('inner')))).toBe('EEXIST');
  });

  it('enters and opens nothing through a link', () => {
    using temporary = temporaryFolder();
    mkdirSync(temporary.at('real'));
    writeFileSync(temporary.at('file'), 'secret');
    symlinkSync('real', temporary.at('folder-link'));
    symlinkSync('file', temporary.at('file-link'));
    using folder = open(temporary.bytes);
    expect(failure(() => folder.openFolder(name('folder-link')))).toMatch(/^(ELOOP|ENOTDIR)$/);
    expect(failure(() => folder.openFile(name('file-link'), 'read'))).toMatch(/^(ELOOP|none)$/);
    expect(failure(() => folder.openFile(name('file-link'), 'change'))).toMatch(/^(ELOOP|none)$/);
    expect(failure(() => folder.openFolder(name('file')))).toBe('ENOTDIR');
  });

  it('does not wait for a fifo and does not open a folder as a file', ({ skip }) => {
    using temporary = temporaryFolder();
    if (spawnSync('mkfifo', [temporary.at('fifo')]).status !== 0) skip('mkfifo is not here');
    mkdirSync(temporary.at('inner'));
    using folder = open(temporary.bytes);
    for (const each of ['fifo', 'inner']) expect(failure(() => folder.openFile(name(each), 'read'))).toBe('none');
  });

  it('links, renames and removes by names', () => {
    using temporary = temporaryFolder();
    writeFileSync(temporary.at('file'), '1');
    writeFileSync(temporary.at('old'), '2');
    using folder = open(temporary.bytes);
    folder.makeFolder(name('inner'));
    using inner = folder.openFolder(name('inner'));
    inner.makeHardlink(name('twin'), { folder, name: name('file') });
    folder.makeLink(name('link'), '../\xff' as BytePath);
    expect(lstatSync(temporary.at('inner/twin')).ino).toBe(lstatSync(temporary.at('file')).ino);
    expect(readlinkSync(temporary.at('link'), 'latin1')).toBe('../\xff');
    folder.rename(name('file'), name('old'));
    expect(readFileSync(temporary.at('old'), 'utf8')).toBe('1');
    expect(failure(() => folder.removeFolder(name('inner')))).toMatch(/^(ENOTEMPTY|EEXIST)$/);
    inner.remove(name('twin'));
    folder.removeFolder(name('inner'));
    folder.remove(name('link'));
    expect(folder.names()).toEqual(['old']);
    expect(failure(() => folder.remove(name('old/../old')))).not.toBe('EISDIR');
  });

  it('gives attributes to what is open, to what has a name, and to itself', () => {
    using temporary = temporaryFolder();
    using folder = open(temporary.bytes);
    const fd = folder.createFile(name('file'));
    const times = { atimeNs: 1_000_000_000n, mtimeNs: -5_000_000_000n };
    folder.attributesOfOpen(fd).setMode(0o4751);
    folder.attributesOfOpen(fd).setTimes(times);
    closeSync(fd);
    folder.makeLink(name('link'), 'file' as BytePath);
    folder.attributesOf(name('link')).setTimes({ atimeNs: 0n, mtimeNs: 7_000_000_000n });
    folder.attributes.setMode(0o711);
    folder.attributes.setTimes(times);
    const stats = ['file', 'link', '.'].map((each) => lstatSync(temporary.at(each), { bigint: true }));
    expect(stats.map(({ mtimeNs }) => mtimeNs)).toEqual([-5_000_000_000n, 7_000_000_000n, -5_000_000_000n]);
    expect([stats[0], stats[2]].map((stat) => Number(stat?.mode) & 0o7777)).toEqual([0o4751, 0o711]);
  });

  it.skipIf(!isRoot)('gives owners, to a link itself too', () => {
    using temporary = temporaryFolder();
    using folder = open(temporary.bytes);
    const fd = folder.createFile(name('file'));
    folder.attributesOfOpen(fd).setOwner({ uid: 1, gid: 2 });
    closeSync(fd);
    folder.makeLink(name('link'), 'file' as BytePath);
    folder.attributesOf(name('link')).setOwner({ uid: 3, gid: 4 });
    expect(['file', 'link'].map((each) => lstatSync(temporary.at(each))).map(({ uid, gid }) => [uid, gid])).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it.skipIf(kind === 'by path')(
    'makes fifos, sockets and device nodes, and keeps to itself when it is moved',
    ({ skip }) => {
      using temporary = temporaryFolder();
      mkdirSync(temporary.at('before'));
      using folder = open(name(temporary.at('before')));
      folder.makeSpecial(name('fifo'), { type: 'fifo', device: 0n });
      folder.makeSpecial(name('socket'), { type: 'socket', device: 0n });
      folder.attributesOf(name('fifo')).setMode(0o642);
      expect(lstatSync(temporary.at('before/fifo')).mode).toBe(0o010642);
      spawnSync('mv', [temporary.at('before'), temporary.at('after')]);
      symlinkSync('/', temporary.at('before'));
      folder.makeFolder(name('inside'));
      expect(existsSync(temporary.at('after/inside'))).toBe(true);
      if (!isRoot) skip('device nodes need root');
      folder.makeSpecial(name('null'), { type: 'chardev', device: 259n });
      expect(lstatSync(temporary.at('after/null')).rdev).toBe(259);
    },
  );
});

describe.skipIf(process.platform !== 'linux' || posixLimits().length > 0)('the mode of an entry', () => {
  it('is set through a handle where the C library cannot do it otherwise, and never that of what a link points at', () => {
    using temporary = temporaryFolder();
    spawnSync('mkfifo', [temporary.at('fifo')]);
    symlinkSync('fifo', temporary.at('link'));
    const fd = openSync(temporary.path, constants.O_RDONLY);
    const calls = atCalls();
    const openEntry = (folder: number, entry: ByteName, flags: number): number =>
      calls?.open(folder, entry, flags) ?? -1;
    changeModeByHandle(openEntry, { folder: fd, name: name('fifo'), mode: 0o600 });
    expect(lstatSync(temporary.at('fifo')).mode & 0o7777).toBe(0o600);
    expect(failure(() => changeModeByHandle(openEntry, { folder: fd, name: name('link'), mode: 0o777 }))).toBe(
      'ENOTSUP',
    );
    expect(lstatSync(temporary.at('fifo')).mode & 0o7777).toBe(0o600);
    closeSync(fd);
  });
});

describe.skipIf(posixLimits().length > 0)('a folder that was opened', () => {
  it('fails with what the system says when there is none', () => {
    using temporary = temporaryFolder();
    writeFileSync(temporary.at('file'), '');
    mkdirSync(temporary.at('gone'));
    expect(failure(() => openFolder(name(temporary.at('missing'))))).toBe('ENOENT');
    expect(failure(() => openFolder(name(temporary.at('file'))))).toBe('ENOTDIR');
    using folder = openFolder(name(temporary.at('gone')));
    expect(folder).toBeInstanceOf(HandleFolder);
    rmdirSync(temporary.at('gone'));
    expect(failure(() => folder.createFile(name('file')))).toBe('ENOENT');
    linkSync(temporary.at('file'), temporary.at('twin'));
  });
});
