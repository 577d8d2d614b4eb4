import { type ByteName, bytesFromText, type ExpectedTotal } from '@triplicate/core';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { below } from './below.ts';
import { capture, openSource, temporaryFolder } from './open-source.ts';
import { Recorder } from './recorder.ts';

describe('the tree that the files source puts', () => {
  it('holds the components of the absolute path with their real attributes, as restic has them', async () => {
    using folder = temporaryFolder();
    writeFileSync(join(folder.path, 'a'), 'x');
    const recorder = await capture({ paths: [folder.path] });
    const components = folder.path.slice(1).split('/');
    expect(recorder.paths).toEqual([
      ...components.map((_, i) => components.slice(0, i + 1).join('/')),
      `${folder.path.slice(1)}/a`,
    ]);
    expect(recorder.at(components[0] ?? '')?.info.mode).toBe(lstatSync(`/${components[0]}`).mode & 0o7777);
    expect(recorder.isClosed).toBe(true);
  });

  it('comes in byte order, a folder before a name that continues its own', async () => {
    using folder = temporaryFolder();
    mkdirSync(join(folder.path, 'a'));
    for (const name of ['a/z', 'a.txt', 'a-b', 'B', 'é', 'zz', '\u{1f600}', '\u{ffff}'])
      writeFileSync(join(folder.path, name), '');
    const recorder = await capture({ paths: [folder.path] });
    expect(below(recorder, folder.path)).toEqual(['B', 'a', 'a/z', 'a-b', 'a.txt', 'zz', 'é', '\u{ffff}', '\u{1f600}']);
  });

  it('keeps names that are hard to write, byte for byte', async () => {
    using folder = temporaryFolder();
    const names = [
      'new\nline',
      'quo"te',
      "apo'strophe",
      'back\\slash',
      'tab\t',
      ' ',
      '\u{1f468}‍\u{1f469}',
      'x'.repeat(255),
      '-rf',
      '~',
      '*',
    ];
    const bytes = [...names.map(bytesFromText), '\xff\xfe', '\xc3(', '\x01\x7f'] as ByteName[];
    for (const name of bytes) writeFileSync(Buffer.from(`${folder.path}/${name}`, 'latin1'), name);
    const recorder = await capture({ paths: [folder.path] });
    const found = [...recorder.entries.keys()].filter((path) => path.startsWith(`${folder.path.slice(1)}/`));
    expect(found).toEqual([...bytes].sort().map((name) => `${folder.path.slice(1)}/${name}`));
    expect(recorder.problems).toEqual([]);
  });

  it('says what the system says of a file: size, mode, owner, inode, links and times to the nanosecond, before 1970 too', async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, 'file');
    writeFileSync(file, '12345');
    chmodSync(file, 0o6751);
    linkSync(file, join(folder.path, 'twin'));
    execFileSync('touch', ['-d', '1965-03-04T05:06:07.123456789Z', file]);
    const recorder = await capture({ paths: [folder.path] });
    const stat = lstatSync(file, { bigint: true });
    const entry = recorder.at(`${file.slice(1)}`);
    expect(entry?.info).toMatchObject({ size: 5, mode: 0o6751, links: 2n, inode: stat.ino, device: stat.dev });
    expect(entry?.info.mtimeNs).toBe(-152_391_232_876_543_211n);
    expect(entry?.info.ctimeNs).toBe(stat.ctimeNs);
    expect(entry?.info.atimeNs).toBeUndefined();
    expect(entry?.info.owner).toMatchObject({
      uid: Number(stat.uid),
      user: execFileSync('id', ['-un'], { encoding: 'utf8' }).trim(),
    });
    expect(entry?.local).toEqual({ localPath: file, inode: stat.ino, device: stat.dev });
    expect(recorder.at(join(folder.path, 'twin').slice(1))?.info).toMatchObject({ links: 2n, inode: stat.ino });
  });

  it('keeps the time of the last access when asked to', async () => {
    using folder = temporaryFolder();
    const file = join(folder.path, 'file');
    writeFileSync(file, '');
    utimesSync(file, 1_000_000, 2_000_000);
    const recorder = await capture({ paths: [folder.path], atime: true });
    expect(recorder.at(file.slice(1))?.info.atimeNs).toBe(1_000_000_000_000_000n);
  });

  it('keeps links as links, fifos and sockets as what they are, and follows nothing', async () => {
    using folder = temporaryFolder();
    symlinkSync('.', join(folder.path, 'cycle'));
    symlinkSync('/nowhere/é', join(folder.path, 'dangling'));
    execFileSync('mkfifo', [join(folder.path, 'fifo')]);
    const server = createServer().listen(join(folder.path, 'socket'));
    await new Promise((resolve) => server.once('listening', resolve));
    const recorder = await capture({ paths: [folder.path] });
    server.close();
    expect(below(recorder, folder.path)).toEqual(['cycle', 'dangling', 'fifo', 'socket']);
    const at = (name: string) => recorder.at(`${folder.path.slice(1)}/${name}`);
    expect([at('cycle')?.target, at('dangling')?.target]).toEqual(['.', bytesFromText('/nowhere/é')]);
    expect([at('cycle')?.type, at('fifo')?.type, at('socket')?.type]).toEqual(['symlink', 'fifo', 'socket']);
  });

  it('keeps device nodes with their number', async ({ skip }) => {
    using folder = temporaryFolder();
    if (spawnSync('mknod', [join(folder.path, 'null'), 'c', '1', '3']).status !== 0) skip('mknod is not allowed here');
    const recorder = await capture({ paths: [folder.path] });
    expect(recorder.at(`${folder.path.slice(1)}/null`)).toMatchObject({ type: 'chardev', info: { rdev: 259n } });
  });

  it('keeps extended attributes with any bytes in their values, and of the largest size', async ({ skip }) => {
    using folder = temporaryFolder();
    const file = join(folder.path, 'file');
    writeFileSync(file, '');
    const set = (name: string, value: string) => spawnSync('setfattr', ['-n', name, '-v', value, file]).status === 0;
    if (!set('user.colour', '0x00ff0a')) skip('setfattr is not here, or the file system has no extended attributes');
    set('user.empty', '""');
    const recorder = await capture({ paths: [folder.path] });
    const found = recorder.at(file.slice(1))?.info.extendedAttributes;
    expect([...(found ?? [])].map(([name, value]) => [name, Buffer.from(value).toString('hex')])).toEqual([
      ['user.colour', '00ff0a'],
      ['user.empty', ''],
    ]);
    expect(recorder.at(folder.path.slice(1))?.info.extendedAttributes).toBeUndefined();
  });

  it('is one tree for several paths, whichever way they overlap', async () => {
    using folder = temporaryFolder();
    const at = (name: string): string => join(folder.path, name);
    for (const name of ['a/b/c', 'd', 'e']) mkdirSync(at(name), { recursive: true });
    for (const name of ['a/1', 'a/b/2', 'a/b/c/3', 'd/4', 'e/5']) writeFileSync(at(name), '');
    const recorder = await capture({ paths: [at('d'), at('a/b/c'), at('a/b'), at('a/b/c/'), at('d')] });
    expect(below(recorder, folder.path)).toEqual(['a', 'a/b', 'a/b/2', 'a/b/c', 'a/b/c/3', 'd', 'd/4']);
    const whole = await capture({ paths: [at('a/b/c'), folder.path] });
    expect(below(whole, folder.path)).toHaveLength(10);
  });

  it('goes through a link that leads to a configured path, and keeps one that is a configured path', async () => {
    using folder = temporaryFolder();
    mkdirSync(join(folder.path, 'real/inside'), { recursive: true });
    symlinkSync('real', join(folder.path, 'link'));
    const through = await capture({ paths: [join(folder.path, 'link/inside')] });
    expect(through.at(`${folder.path.slice(1)}/link`)?.type).toBe('dir');
    const warnings: string[] = [];
    await using source = await openSource({ paths: [join(folder.path, 'link')] }, warnings);
    const itself = new Recorder();
    await source.capture(itself, { signal: new AbortController().signal, expect: () => {}, waiting: () => {} });
    expect(itself.at(`${folder.path.slice(1)}/link`)).toMatchObject({ type: 'symlink', target: 'real' });
    expect(warnings).toEqual([`"${folder.path}/link" is a symbolic link: the link is saved, not what it points at`]);
  });
});

describe('what the files source calls itself', () => {
  it('is this machine and the absolute paths', async () => {
    using folder = temporaryFolder();
    await using source = await openSource({ paths: [`${folder.path}/`, './x'], exclude: ['*.tmp'] });
    expect(source.identity).toEqual({ host: hostname(), paths: [folder.path, '/tmp/x'], excludes: ['*.tmp'] });
    expect(source.base).toBe('empty');
  });
});

describe('a large folder', () => {
  it('of 100,000 files is walked without holding the process up', async () => {
    using folder = temporaryFolder();
    // Four files under many names: what is measured is the walk.
    for (let i = 0; i < 4; i += 1) writeFileSync(join(folder.path, `file-${i}`), '');
    for (let i = 4; i < 100_000; i += 1) linkSync(join(folder.path, `file-${i % 4}`), join(folder.path, `file-${i}`));
    truncateSync(join(folder.path, 'file-3'), 2 ** 40);
    let longest = 0;
    let last = performance.now();
    const watch = setInterval(() => {
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
    }, 1);
    const totals: ExpectedTotal[] = [];
    const recorder = new Recorder();
    await using source = await openSource({ paths: [folder.path] });
    const began = performance.now();
    await source.capture(recorder, {
      signal: new AbortController().signal,
      expect: (total) => totals.push(total),
      waiting: () => {},
    });
    const took = performance.now() - began;
    clearInterval(watch);
    process.stdout.write(
      `100,000 files walked in ${took.toFixed(0)} ms; longest time without a turn for others ${longest.toFixed(0)} ms\n`,
    );
    expect(below(recorder, folder.path)).toHaveLength(readdirSync(folder.path).length);
    expect(recorder.at(`${folder.path.slice(1)}/file-7`)?.info.size).toBe(2 ** 40);
    expect(totals.slice(0, -1).every(({ counting }) => counting === true)).toBe(true);
    expect(totals.every(({ files }, i) => files >= (totals[i - 1]?.files ?? 0))).toBe(true);
  });
});

it('says how much there is as soon as it is walked, though all of it still waits to be read', async () => {
  using folder = temporaryFolder();
  for (let i = 0; i < 300; i += 1) writeFileSync(join(folder.path, `file-${i}`), 'content');
  const totals: ExpectedTotal[] = [];
  await using source = await openSource({ paths: [folder.path] });
  await source.capture(new Recorder(), {
    signal: new AbortController().signal,
    expect: (total) => totals.push(total),
    waiting: () => {},
  });
  expect(totals.at(-1)).toEqual({ files: 300, bytes: 2100 });
});
