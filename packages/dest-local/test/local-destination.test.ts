import {
  chmod,
  type FileHandle,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { promisify } from 'node:util';
import { bodyOf, systemClock } from '@triplicate/core';
import { seededBytes, seededRandom, type TemporaryFolder, temporaryFolder } from '@triplicate/core/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Platform, thisPlatform } from '../src/platform.ts';
import { get, keys, open, put, signal } from './kit.ts';

let folder: TemporaryFolder;
let path: string;
beforeEach(async () => {
  folder = await temporaryFolder();
  path = join(folder.path, 'backup');
});
afterEach(() => folder[Symbol.asyncDispose]());

const modeOf = async (name: string): Promise<number> => (await stat(join(path, name))).mode & 0o777;

describe('what stands on the disk', () => {
  it('is one file for each object at the path that is its key, for the owner alone, and no one can write to it', async () => {
    const destination = await open(path);
    await put(destination, 'config', 'c');
    await put(destination, 'data/ab/abc', 'content');
    expect(await readFile(join(path, 'data/ab/abc'), 'utf8')).toBe('content');
    expect((await readdir(path, { recursive: true })).toSorted()).toEqual(['config', 'data', 'data/ab', 'data/ab/abc']);
    expect([await modeOf('config'), await modeOf('data/ab/abc')]).toEqual([0o400, 0o400]);
    expect([await modeOf('.'), await modeOf('data'), await modeOf('data/ab')]).toEqual([0o700, 0o700, 0o700]);
  });

  it('is read straight into the memory that a caller gives', async () => {
    const destination = await open(path);
    const content = seededBytes(seededRandom(1), 9_000_000);
    await put(destination, 'data/ab/abc', content);
    const range = { offset: 123, length: 8_900_000 };
    const room = new Uint8Array(new SharedArrayBuffer(range.length));
    let at = 0;
    for await (const part of destination.get('data/ab/abc', { range, room, signal })) {
      expect([part.buffer === room.buffer, part.byteOffset]).toEqual([true, at]);
      at += part.byteLength;
    }
    expect(at).toBe(range.length);
    expect(content.subarray(123, 8_900_123).equals(room)).toBe(true);
  });

  it('keeps its folders when the last object in them is deleted', async () => {
    const destination = await open(path);
    await put(destination, 'data/ab/abc', 'x');
    await destination.delete('data/ab/abc', { signal });
    expect(await readdir(join(path, 'data'))).toEqual(['ab']);
  });

  it('is left alone where it is not ours, and not listed where it cannot be a key', async () => {
    const destination = await open(path);
    await put(destination, 'data/a', 'x');
    for (const name of ['Thumbs.db', '.DS_Store', '.~0123456789abcdef01234567', 'data/UPPER'])
      await writeFile(join(path, name), '');
    await mkdir(join(path, 'lost+found'));
    await writeFile(join(path, 'data', '.~claim-0123456789abcdef'), '');
    expect(await keys(destination)).toEqual(['data/a']);
  });

  it('comes in the order of the keys', async () => {
    const destination = await open(path);
    const names = ['a-', 'a.b', 'a/b', 'a/c/d', 'a0', 'b'];
    for (const name of names.toReversed()) await put(destination, name, 'x');
    expect(await keys(destination)).toEqual(names);
  });

  it('may be reached over a link, and a circle of links does not trap the listing', async () => {
    const destination = await open(path);
    await put(destination, 'data/x', 'x');
    await rename(join(path, 'data'), join(folder.path, 'elsewhere'));
    await symlink(join(folder.path, 'elsewhere'), join(path, 'data'));
    await symlink('.', join(path, 'data/loop'));
    await symlink('..', join(path, 'data/up'));
    await symlink(path, join(path, 'data/top'));
    await put(destination, 'data/y', 'y');
    expect(await keys(destination, 'data/')).toEqual(['data/x', 'data/y']);
    expect(await get(destination, 'data/y')).toBe('y');
  });

  it('is no object when it is a folder or a pipe', async () => {
    const destination = await open(path);
    await put(destination, 'data/ab/abc', 'x');
    expect(await destination.stat('data/ab', { signal })).toBeUndefined();
    await expect(get(destination, 'data/ab')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(put(destination, 'data/ab', 'x')).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining('"data/ab" cannot stand beside what is there') as string,
      hint: expect.stringContaining('a folder of its own') as string,
    });
    await expect(put(destination, 'data/ab/abc/x', 'x')).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    expect(await get(destination, 'data/ab/abc')).toBe('x');
  });

  it('does not keep a reader waiting at a pipe', async ({ skip }) => {
    const destination = await open(path);
    await put(destination, 'a', 'x');
    await promisify(execFile)('mkfifo', [join(path, 'pipe')]).catch(() => skip('there is no mkfifo here'));
    await expect(get(destination, 'pipe')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await destination.stat('pipe', { signal })).toBeUndefined();
    expect(await keys(destination)).toEqual(['a']);
  });
});

describe('a listing', () => {
  it('breaks off when a folder vanishes meanwhile, and is whole when it is made again', async () => {
    const destination = await open(path);
    for (let i = 10; i < 50; i += 1) await put(destination, `data/${i}/x`, 'x');
    const reading = async (): Promise<void> => {
      for await (const _ of destination.list('data/', { signal }))
        await rm(join(path, 'data/49'), { recursive: true, force: true });
    };
    await expect(reading()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(await keys(destination, 'data/')).toHaveLength(39);
  });

  it('leaves out a file that is deleted meanwhile', async () => {
    const destination = await open(path);
    for (let i = 100; i < 200; i += 1) await put(destination, `data/${i}`, 'x');
    const seen: string[] = [];
    for await (const { key } of destination.list('data/', { signal })) {
      seen.push(key);
      if (seen.length === 1) await destination.delete('data/199', { signal });
    }
    expect(seen).toHaveLength(99);
    expect(seen).not.toContain('data/199');
  });
});

describe('a get', () => {
  it('fails when the file becomes shorter meanwhile, and is never a short read', async () => {
    const destination = await open(path);
    await put(destination, 'a', Buffer.alloc(5_000_000, 1));
    await chmod(join(path, 'a'), 0o600);
    const reading = async (): Promise<void> => {
      for await (const _ of destination.get('a', { signal })) await truncate(join(path, 'a'), 1_500_000);
    };
    await expect(reading()).rejects.toMatchObject({ code: 'CORRUPT', message: '"a" became shorter while it was read' });
  });
});

describe('a put', () => {
  it('flushes the file before it has its name and the folder after, and nothing else', async () => {
    const steps: string[] = [];
    const platform = {
      ...thisPlatform,
      rename: async (from: string, to: string): Promise<void> => {
        steps.push(`rename to ${to.slice(path.length)}`);
        await rename(from, to);
      },
      syncFile: async (): Promise<void> => void steps.push('sync file'),
      syncFolder: async (at: string): Promise<void> => void steps.push(`sync ${at.slice(folder.path.length)}`),
    };
    const destination = await open(path, { platform });
    await put(destination, 'data/ab/one', 'x');
    expect(steps).toEqual([
      'sync ',
      'sync /backup',
      'sync /backup/data',
      'sync file',
      'rename to /data/ab/one',
      'sync /backup/data/ab',
    ]);
    steps.length = 0;
    await put(destination, 'data/ab/two', 'x');
    expect(steps).toEqual(['sync file', 'rename to /data/ab/two', 'sync /backup/data/ab']);
  });

  it('gives no name to an object when the signal fires during the flush', async () => {
    const controller = new AbortController();
    const platform = { ...thisPlatform, syncFile: async (): Promise<void> => controller.abort() };
    const destination = await open(path, { platform });
    const options = { signal: controller.signal };
    await expect(destination.put('data/a', bodyOf(Buffer.from('x')), options)).rejects.toMatchObject({
      code: 'ABORTED',
    });
    await setImmediate();
    await vi.waitFor(async () => expect(await readdir(join(path, 'data'))).toEqual([]), 20_000);
  });

  it('fails when the file system kept less than it was given', async () => {
    const platform = { ...thisPlatform, syncFile: (file: FileHandle): Promise<void> => file.truncate(3) };
    const destination = await open(path, { platform });
    await expect(put(destination, 'data/a', 'content')).rejects.toMatchObject({
      code: 'IO',
      message: 'the file system kept 3 of 7 bytes',
    });
    expect(await readdir(join(path, 'data'))).toEqual([]);
  });

  it('leaves no second name behind when it writes where nothing is', async () => {
    const destination = await open(path);
    await destination.put('config', bodyOf(Buffer.from('x')), { ifAbsent: true, signal });
    expect(await readdir(path)).toEqual(['config']);
    expect((await stat(join(path, 'config'))).nlink).toBe(1);
  });

  it('takes views on shared memory that are used again for the next one, small ones and large ones', async () => {
    const seed = 4;
    const random = seededRandom(seed);
    const content = seededBytes(random, 3_000_000);
    const shared = new Uint8Array(new SharedArrayBuffer(400_000));
    async function* views(): AsyncIterable<Uint8Array> {
      for (let at = 0; at < content.byteLength;) {
        const length = Math.min(content.byteLength - at, random() < 0.5 ? 1 + Math.floor(random() * 5000) : 400_000);
        shared.set(content.subarray(at, at + length));
        yield shared.subarray(0, length);
        shared.fill(0);
        at += length;
      }
    }
    const destination = await open(path);
    await destination.put('data/a', { size: content.byteLength, open: views }, { signal });
    expect((await readFile(join(path, 'data/a'))).equals(content), `seed ${seed}`).toBe(true);
  });

  it('sweeps such leftovers wherever it met them in a listing, as soon as something is deleted or written', async () => {
    const left = async (): Promise<string[]> =>
      (await readdir(path, { recursive: true })).filter((name) => name.includes('.~')).toSorted();
    const old = new Date(Date.now() - 25 * 60 * 60 * 1000);
    const litter = async (...names: string[]): Promise<void> => {
      for (const name of names) {
        await writeFile(join(path, name), 'half');
        await utimes(join(path, name), old, old);
      }
    };
    const first = await open(path);
    for (const key of ['data/ab/abc', 'data/cd/cde', 'data/ef/efg', 'locks/l']) await put(first, key, 'x');
    const names = [
      '.~000000000000000000000000',
      'data/ab/.~111111111111111111111111',
      'data/ef/.~222222222222222222222222',
    ];
    await litter(...names);
    await writeFile(join(path, 'data/cd/.~333333333333333333333333'), 'at work');
    const second = await open(path);
    await second.delete('locks/l', { signal });
    expect(await left()).toHaveLength(4);
    expect(await keys(second, 'data/')).toEqual(['data/ab/abc', 'data/cd/cde', 'data/ef/efg']);
    expect(await left()).toHaveLength(4);
    await second.delete('locks/l', { signal });
    expect(await left()).toEqual(['.~000000000000000000000000', 'data/cd/.~333333333333333333333333']);
    await keys(second);
    await put(second, 'locks/l', 'x');
    expect(await left()).toEqual(['data/cd/.~333333333333333333333333']);
  });

  it('sweeps what a killed run left more than a day ago, and nothing younger', async () => {
    await put(await open(path), 'data/a', 'x');
    const [old, young, claim] = [
      '.~000000000000000000000000',
      '.~111111111111111111111111',
      '.~claim-0000000000000000',
    ];
    for (const name of [old, young, claim]) await writeFile(join(path, 'data', name ?? ''), 'half');
    const yesterday = systemClock.now().getTime() / 1000 - 90_000;
    for (const name of [old, claim]) await utimes(join(path, 'data', name ?? ''), yesterday, yesterday);
    await put(await open(path), 'data/b', 'x');
    expect((await readdir(join(path, 'data'))).toSorted()).toEqual([young, 'a', 'b']);
  });

  it('can be tried again when its folder vanishes under it', async () => {
    const destination = await open(path);
    await put(destination, 'data/a', 'x');
    await rm(join(path, 'data'), { recursive: true });
    await expect(put(destination, 'data/b', 'x')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await put(destination, 'data/b', 'x');
    expect(await keys(destination)).toEqual(['data/b']);
  });
});

describe('where a file cannot have two names', () => {
  const withoutLinks = {
    ...thisPlatform,
    link: async (): Promise<void> => {
      throw Object.assign(new Error('no links'), { code: 'EPERM' });
    },
  };
  const ifAbsent = async (text: string): Promise<unknown> =>
    (await open(path, { platform: withoutLinks })).put('config', bodyOf(Buffer.from(text)), { ifAbsent: true, signal });

  it('still lets one writer win and leaves nothing else', async () => {
    const results = await Promise.allSettled(Array.from({ length: 12 }, (_, i) => ifAbsent(`writer ${i}`)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const losers = results.filter((result) => result.status === 'rejected').map(({ reason }): unknown => reason);
    for (const reason of losers) expect(reason).toMatchObject({ code: 'ALREADY_EXISTS' });
    const winner = results.findIndex(({ status }) => status === 'fulfilled');
    expect(await readFile(join(path, 'config'), 'utf8')).toBe(`writer ${winner}`);
    expect(await readdir(path)).toEqual(['config']);
    await expect(ifAbsent('late')).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
  });

  it('takes over the claim of a run that was killed', async () => {
    await ifAbsent('first');
    await rename(join(path, 'config'), join(path, 'other'));
    const { claimName } = await import('../src/temporary.ts');
    const claim = join(path, claimName('config'));
    await writeFile(claim, '');
    await expect(ifAbsent('second')).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    const longAgo = systemClock.now().getTime() / 1000 - 700;
    await utimes(claim, longAgo, longAgo);
    await ifAbsent('third');
    expect(await readFile(join(path, 'config'), 'utf8')).toBe('third');
  });
});

describe('a link that fails on a mount without hard links', () => {
  const failing = (code: string) => ({
    ...thisPlatform,
    link: () => Promise.reject(Object.assign(new Error(code), { code })),
  });
  const config = (platform: Platform): Promise<unknown> =>
    open(path, { platform }).then((destination) =>
      destination.put('config', bodyOf(Buffer.from('x')), { ifAbsent: true, signal }),
    );

  it.each(['EIO', 'ENOSYS', 'ENOTSUP', 'EPERM', 'EMLINK'])('with %s is made up for by a claim file', async (code) => {
    await config(failing(code));
    expect(await readdir(path)).toEqual(['config']);
    await expect(config(failing(code))).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
  });

  it('ends with the error of what was tried instead, and a hint, where that fails too', async () => {
    const rename = () => Promise.reject(Object.assign(new Error('EIO'), { code: 'EIO' }));
    await expect(config({ ...failing('EIO'), rename })).rejects.toMatchObject({
      code: 'IO',
      message: `cannot write "config" to ${path}: input/output error`,
      hint: expect.stringContaining('Check the disk') as string,
    });
    expect(await readdir(path)).toEqual([]);
  });
});

describe('the room left', () => {
  it('is what the file system says, and unknown while there is no folder', async () => {
    const destination = await open(path);
    expect(await destination.space({ signal })).toBeUndefined();
    await put(destination, 'a', 'x');
    const space = await destination.space({ signal });
    expect(space?.freeBytes).toBeGreaterThan(0);
    expect(space?.totalBytes).toBeGreaterThan(space?.freeBytes ?? 0);
  });
});
