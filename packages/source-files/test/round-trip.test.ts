import { type BytePath, type RestoreOptions, type RestoreReport, restoreToFolder } from '@triplicate/core';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  closeSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeTree } from './compare.ts';
import { capture, temporaryFolder } from './open-source.ts';
import { randomTree, writeTree } from './random-tree.ts';
import { Recorder } from './recorder.ts';

const roundTrip = async (
  from: string,
  to: string,
  options: Partial<RestoreOptions> = {},
  recorder = new Recorder(),
): Promise<RestoreReport> => {
  recorder.readsContent = true;
  await capture({ paths: [from] }, recorder);
  expect(recorder.problems).toEqual([]);
  const { signal } = new AbortController();
  return restoreToFolder(recorder.reader(), to, {
    signal,
    from: from.slice(1, from.lastIndexOf('/')) as BytePath,
    paths: [from.slice(1) as BytePath],
    ...options,
  });
};

const isRoot = process.getuid?.() === 0;

describe.skipIf(!isRoot)('any tree', () => {
  it('is saved whole and in order, restored the same, and unchanged the second time', async () => {
    const seed = 20_261_129;
    await fc.assert(
      fc.asyncProperty(randomTree, async (entries) => {
        using folder = temporaryFolder();
        const [from, to] = [join(folder.path, 'tree'), join(folder.path, 'out')];
        mkdirSync(from);
        writeTree(from, entries);
        const first = new Recorder();
        const report = await roundTrip(from, to, {}, first);
        expect(report.problems).toEqual([]);
        expect(describeTree(`${to}/tree`)).toEqual(describeTree(from));
        const second = await capture({ paths: [from] }, new Recorder(first));
        expect([...second.entries.keys()]).toEqual([...first.entries.keys()]);
        const changed = [...second.entries.values()].filter(({ type, kept }) => type === 'file' && kept !== true);
        expect(changed).toEqual([]);
        const again = await roundTrip(from, to, { overwrite: 'if-changed', delete: true });
        expect(again).toMatchObject({ deleted: 0, bytes: 0, problems: [] });
        expect(describeTree(`${to}/tree`)).toEqual(describeTree(from));
      }),
      { seed, numRuns: 60 },
    );
  });
});

describe('a tree that is saved and restored', () => {
  it('is the same to the last attribute', async () => {
    using folder = temporaryFolder();
    const at = (name: string): string => join(folder.path, 'tree', name);
    mkdirSync(at('deep/er/est'), { recursive: true });
    mkdirSync(at('empty'));
    for (const name of ['a', 'deep/b', 'deep/er/c', 'x'.repeat(255), 'new\nline', 'back\\slash', '\u{1f600}'])
      writeFileSync(at(name), name);
    writeFileSync(Buffer.from(`${folder.path}/tree/\xff\xfe`, 'latin1'), 'bytes');
    writeFileSync(at('nothing'), '');
    linkSync(at('a'), at('deep/er/a again'));
    linkSync(at('a'), at('zz'));
    symlinkSync('../nowhere', at('deep/link'));
    execFileSync('mkfifo', [at('fifo')]);
    chmodSync(at('fifo'), 0o620);
    for (const [name, mode] of [
      ['a', 0o4755],
      ['deep/b', 0o2644],
      ['nothing', 0],
      ['empty', 0o1777],
      ['deep/er', 0o500],
      ['deep/er/c', 0o444],
    ] as const)
      chmodSync(at(name), mode);
    if (isRoot) {
      lchownSync(at('deep/link'), 12, 34);
      chownSync(at('deep/b'), 56, 78);
      chmodSync(at('deep/b'), 0o6644);
      spawnSync('mknod', [at('null'), 'c', '1', '3']);
      spawnSync('mknod', [at('disk'), 'b', '259', '70000']);
      spawnSync('setfattr', ['-h', '-n', 'trusted.of-link', '-v', 'x', at('deep/link')]);
    }
    for (const name of ['deep/b', 'empty', 'deep/er/c'])
      spawnSync('setfattr', ['-n', 'user.colour', '-v', '0x00ff', at(name)]);
    for (const [name, time] of [
      ['deep/er/c', '1901-12-13T20:45:52.000000001Z'],
      ['deep/link', '2040-01-01T00:00:00.999999999Z'],
      ['deep', '1969-12-31T23:59:59.5Z'],
      ['', '2001-02-03T04:05:06.123456789Z'],
    ] as const)
      execFileSync('touch', ['-h', '-d', time, at(name)]);
    const report = await roundTrip(join(folder.path, 'tree'), join(folder.path, 'out'), { verify: true });
    expect(report.problems).toEqual([]);
    expect(describeTree(join(folder.path, 'out/tree'))).toEqual(describeTree(join(folder.path, 'tree')));
  });

  it('keeps the holes of a file of 1 GiB', async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, 'tree/sparse');
    mkdirSync(join(folder.path, 'tree'));
    const fd = openSync(file, 'w');
    writeSync(fd, 'begin', 0);
    writeSync(fd, 'middle', 512 * 1024 * 1024 + 5);
    closeSync(fd);
    truncateSync(file, 2 ** 30);
    await roundTrip(join(folder.path, 'tree'), join(folder.path, 'out'));
    const stat = lstatSync(join(folder.path, 'out/tree/sparse'));
    expect(stat.size).toBe(2 ** 30);
    expect(stat.blocks * 512).toBeLessThan(64 * 1024);
    const copy = openSync(join(folder.path, 'out/tree/sparse'), 'r');
    const room = Buffer.alloc(8);
    const at = (position: number): string => room.toString('latin1', 0, readSync(copy, room, 0, 8, position));
    expect([at(0), at(512 * 1024 * 1024 + 3), at(2 ** 30 - 4)]).toEqual(['begin\0\0\0', '\0\0middle', '\0\0\0\0']);
    closeSync(copy);
  });
});
