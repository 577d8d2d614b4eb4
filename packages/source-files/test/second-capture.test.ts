import { lstatSync, mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { below } from './below.ts';
import { capture, temporaryFolder } from './open-source.ts';
import { Recorder } from './recorder.ts';

describe('a second capture', () => {
  const setUp = (path: string): void => {
    for (const name of ['a', 'b']) mkdirSync(join(path, name));
    for (const name of ['a/1', 'a/2', 'b/3', 'c', 'd']) writeFileSync(join(path, name), name);
  };

  it('keeps what is unchanged, and puts what has another size, time or inode, or is new', async () => {
    using folder = temporaryFolder();
    setUp(folder.path);
    const first = await capture({ paths: [folder.path] });
    writeFileSync(join(folder.path, 'a/2'), 'longer');
    utimesSync(join(folder.path, 'b/3'), 1, 1);
    const { atime, mtime } = lstatSync(join(folder.path, 'c'));
    writeFileSync(join(folder.path, 'new'), 'c');
    utimesSync(join(folder.path, 'new'), atime, mtime);
    renameSync(join(folder.path, 'new'), join(folder.path, 'c'));
    writeFileSync(join(folder.path, 'bb'), '');
    const second = await capture({ paths: [folder.path] }, new Recorder(first));
    const kept = [...second.entries].filter(([, entry]) => entry.kept).map(([path]) => path.slice(folder.path.length));
    expect(kept).toEqual(['a/1', 'd']);
    expect(second.entries.size).toBe(first.entries.size + 1);
  });

  it('reads a file whose content a destination lacks, though it is unchanged', async () => {
    using folder = temporaryFolder();
    setUp(folder.path);
    const second = new Recorder(await capture({ paths: [folder.path] }));
    second.keeps = 'read-it';
    await capture({ paths: [folder.path] }, second);
    expect([...second.entries.values()].filter(({ local }) => local !== undefined)).toHaveLength(5);
  });

  it('asks nothing of the previous snapshot about a folder that was a file, or about a file that was a folder', async () => {
    using folder = temporaryFolder();
    setUp(folder.path);
    const first = await capture({ paths: [folder.path] });
    rmSync(join(folder.path, 'a'), { recursive: true });
    rmSync(join(folder.path, 'c'));
    writeFileSync(join(folder.path, 'a'), '');
    mkdirSync(join(folder.path, 'c'));
    writeFileSync(join(folder.path, 'c/x'), '');
    const second = await capture({ paths: [folder.path] }, new Recorder(first));
    expect(below(second, folder.path)).toEqual(['a', 'b', 'b/3', 'c', 'c/x', 'd']);
  });
});
