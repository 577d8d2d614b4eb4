import { isBackupError } from '@triplicate/core';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { filesOptions } from '../src/options.ts';
import { capture, openSource, temporaryFolder } from './open-source.ts';
import { Recorder } from './recorder.ts';

const signature = 'Signature: 8a477f597d28d172789f06886806bc55';

const write = (root: string, files: Readonly<Record<string, string>>): void => {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, name)), { recursive: true });
    writeFileSync(join(root, name), content);
  }
};

/** The paths below `root` that a capture puts, without the folders. */
const files = async (root: string, options: Readonly<Record<string, unknown>>): Promise<string[]> => {
  const recorder = await capture({ paths: [root], ...options });
  expect(recorder.problems).toEqual([]);
  return [...recorder.entries].flatMap(([path, { type }]) => (type === 'file' ? [path.slice(root.length)] : []));
};

describe('what is left out', () => {
  it('is what the patterns match, with all that is in it', async () => {
    using folder = temporaryFolder();
    write(folder.path, {
      'a.tmp': '',
      'sub/b.tmp': '',
      'sub/c': '',
      'cache/d': '',
      'x/cache': '',
      'build/e.o': '',
      'deep/build/f.o': '',
      'deep/build/keep.o': '',
    });
    expect(await files(folder.path, { exclude: ['*.tmp', 'cache/', 'build/*.o', '!keep.o'] })).toEqual([
      'deep/build/keep.o',
      'sub/c',
      'x/cache',
    ]);
    expect(await files(folder.path, { exclude: [`${folder.path}/deep`, '*.tmp', '*.o'] })).toEqual([
      'cache/d',
      'sub/c',
      'x/cache',
    ]);
  });

  it('is what the patterns in files match', async () => {
    using folder = temporaryFolder();
    write(folder.path, {
      'data/a.tmp': '',
      'data/#b': '',
      'data/c d': '',
      'data/e': '',
      list: '# comment\r\n*.tmp\r\n\n  c d  \n',
    });
    expect(await files(join(folder.path, 'data'), { excludeFrom: [join(folder.path, 'list')] })).toEqual(['#b', 'e']);
    const missing = openSource({ paths: [folder.path], excludeFrom: ['/nowhere'] });
    await expect(missing).rejects.toSatisfy((error) => isBackupError(error, 'CONFIG_INVALID'));
  });

  it.skipIf(process.platform === 'win32')('is not waited for in a list that is a named pipe', async () => {
    using folder = temporaryFolder();
    const pipe = join(folder.path, 'pipe');
    execFileSync('mkfifo', [pipe]);
    await expect(openSource({ paths: [folder.path], excludeFrom: [pipe] })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: `the patterns in "${pipe}" cannot be read: it is not a regular file`,
    });
  });

  it('is what files like .gitignore say for the folder they stand in, the innermost first', async () => {
    using folder = temporaryFolder();
    write(folder.path, {
      '.gitignore': '*.log\n/top\n',
      'a.log': '',
      top: '',
      'sub/top': '',
      'sub/b.log': '',
      'sub/.gitignore': '!b.log\nx/\n',
      'sub/x/y': '',
      'sub/deep/c.log': '',
      'sub/deep/b.log': '',
    });
    expect(await files(folder.path, { ignoreFiles: ['.gitignore'] })).toEqual([
      '.gitignore',
      'sub/.gitignore',
      'sub/b.log',
      'sub/deep/b.log',
      'sub/top',
    ]);
    expect(await files(folder.path, {})).toHaveLength(9);
  });

  it('is what is in a folder with a valid cache tag, but for the tag', async () => {
    using folder = temporaryFolder();
    write(folder.path, {
      'cache/CACHEDIR.TAG': `${signature}\n# by a program`,
      'cache/a': '',
      'cache/b/c': '',
      'not/CACHEDIR.TAG': 'Signature: other',
      'not/d': '',
    });
    expect(await files(folder.path, { excludeCaches: true })).toEqual([
      'cache/CACHEDIR.TAG',
      'not/CACHEDIR.TAG',
      'not/d',
    ]);
    expect(await files(folder.path, {})).toHaveLength(5);
  });

  it('is what is in a folder with a marker, but for the marker', async () => {
    using folder = temporaryFolder();
    write(folder.path, { 'a/.nobackup': '', 'a/b': '', 'a/c/d': '', e: '' });
    expect(await files(folder.path, { excludeIfPresent: ['.nobackup', '.other'] })).toEqual(['a/.nobackup', 'e']);
  });

  it('is what is larger than a limit', async () => {
    using folder = temporaryFolder();
    write(folder.path, { small: '12345', large: '123456' });
    truncateSync(join(folder.path, 'large'), 1025);
    truncateSync(join(folder.path, 'small'), 1024);
    expect(await files(folder.path, { excludeLargerThan: '1KiB' })).toEqual(['small']);
  });

  it('is nothing of a configured path that lies in what is left out by a marker', async () => {
    using folder = temporaryFolder();
    write(folder.path, { 'a/.nobackup': '', 'a/b/c': '', 'a/d/e': '' });
    const both = { paths: [folder.path, join(folder.path, 'a/d')], excludeIfPresent: ['.nobackup'] };
    const recorder = await capture(both);
    expect(
      recorder.paths
        .filter((path) => path.startsWith(`${folder.path.slice(1)}/a/`))
        .map((path) => path.slice(folder.path.length)),
    ).toEqual(['a/.nobackup', 'a/d', 'a/d/e']);
  });

  it('is a configured path that a pattern matches, which is said', async () => {
    using folder = temporaryFolder();
    write(folder.path, { 'a/x': '', 'b/y': '' });
    const warnings: string[] = [];
    await using source = await openSource(
      { paths: [join(folder.path, 'a'), join(folder.path, 'b')], exclude: ['a'] },
      warnings,
    );
    const recorder = new Recorder();
    await source.capture(recorder, { signal: new AbortController().signal, expect: () => {}, waiting: () => {} });
    expect(warnings).toEqual([`"${folder.path}/a" is left out by an exclude pattern`]);
    expect(recorder.at(`${folder.path.slice(1)}/b/y`)?.type).toBe('file');
    const nothing = capture({ paths: [join(folder.path, 'a')], exclude: ['a'] });
    await expect(nothing).rejects.toSatisfy((error) => isBackupError(error, 'CONFIG_INVALID'));
  });

  it('is what is on another file system, when asked to stay; its mount point is kept', async ({ skip }) => {
    using folder = temporaryFolder();
    write(folder.path, { a: '', 'mount/hidden': '' });
    if (spawnSync('mount', ['-t', 'tmpfs', 'tmpfs', join(folder.path, 'mount')]).status !== 0)
      skip('mounting is not allowed here');
    try {
      write(folder.path, { 'mount/b': '', 'mount/deep/c': '' });
      const staying = await capture({ paths: [folder.path], oneFileSystem: true });
      expect(staying.at(`${folder.path.slice(1)}/mount`)?.type).toBe('dir');
      expect(await files(folder.path, { oneFileSystem: true })).toEqual(['a']);
      expect(await files(folder.path, {})).toEqual(['a', 'mount/b', 'mount/deep/c']);
      const named = await capture({ paths: [folder.path, join(folder.path, 'mount/deep')], oneFileSystem: true });
      expect(named.at(`${folder.path.slice(1)}/mount/deep/c`)?.type).toBe('file');
      expect(named.at(`${folder.path.slice(1)}/mount/b`)).toBeUndefined();
    } finally {
      spawnSync('umount', [join(folder.path, 'mount')]);
    }
  });
});

describe('the options', () => {
  it('are refused when they are unknown, empty or of a wrong kind', () => {
    for (const wrong of [
      {},
      { paths: [] },
      { paths: ['a'], excludes: ['b'] },
      { paths: ['a'], excludeLargerThan: 'much' },
      { paths: ['a'], ignoreFiles: ['a/b'] },
    ])
      expect(filesOptions.safeParse(wrong).success).toBe(false);
  });
  it('are all described', () => {
    expect(Object.entries(filesOptions.shape).filter(([, field]) => !field.description)).toEqual([]);
  });
});
