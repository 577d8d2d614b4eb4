import { execFileSync } from 'node:child_process';
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getuid } from 'node:process';
import { bodyOf } from '@triplicate/core';
import { type TemporaryFolder, temporaryFolder } from '@triplicate/core/testing';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { thisPlatform } from '../src/platform.ts';
import { Root } from '../src/root.ts';
import { get, keys, open, put, signal } from './kit.ts';

const mount = (path: string, ...options: string[]): void => {
  execFileSync('mount', ['-t', 'tmpfs', ...options, 'triplicate-test', path], { stdio: 'ignore' });
};
const unmount = (path: string, ...options: string[]): void => {
  execFileSync('umount', [...options, path], { stdio: 'ignore' });
};

let folder: TemporaryFolder;
let disk: string;
let canMount = false;
beforeAll(async () => {
  await using probe = await temporaryFolder();
  try {
    mount(probe.path);
    unmount(probe.path);
    canMount = getuid?.() === 0;
  } catch {
    canMount = false;
  }
});
beforeEach(async ({ skip }) => {
  if (!canMount) skip('only the superuser of Linux can mount a small disk');
  folder = await temporaryFolder();
  disk = join(folder.path, 'disk');
  await mkdir(disk);
});
afterEach(async () => {
  if (!canMount) return;
  try {
    unmount(disk, '-l');
  } catch {
    // The test has done it.
  }
  await folder[Symbol.asyncDispose]();
});

describe('a full disk', () => {
  it('is QUOTA_EXCEEDED, leaves no temporary file, and serves on when there is room again', async () => {
    mount(disk, '-o', 'size=2m');
    const destination = await open(disk);
    await put(destination, 'data/small', Buffer.alloc(500_000, 1));
    for (const size of [3_000_000, 1_600_000]) {
      await expect(put(destination, 'data/large', Buffer.alloc(size, 2))).rejects.toMatchObject({
        code: 'QUOTA_EXCEEDED',
        message: `cannot write "data/large" to ${disk}: no space left`,
        hint: expect.stringContaining('Make room') as string,
      });
      expect(await readdir(join(disk, 'data'))).toEqual(['small']);
    }
    const many = Array.from({ length: 300_000 / 100 }, () => Buffer.alloc(1000, 3));
    await expect(destination.put('data/parts', bodyOf(...many), { signal })).rejects.toMatchObject({
      code: 'QUOTA_EXCEEDED',
    });
    expect(await readdir(join(disk, 'data'))).toEqual(['small']);
    await destination.delete('data/small', { signal });
    await put(destination, 'data/large', Buffer.alloc(1_600_000, 2));
    expect((await destination.space({ signal }))?.freeBytes).toBeLessThan(500_000);
  });
});

describe('a disk that is mounted read-only', () => {
  it('can be read; put and delete are READ_ONLY', async () => {
    mount(disk);
    const destination = await open(disk);
    await put(destination, 'data/a', 'x');
    execFileSync('mount', ['-o', 'remount,ro', disk], { stdio: 'ignore' });
    for (const key of ['data/a', 'data/b', 'new/c']) {
      await expect(put(destination, key, 'y')).rejects.toMatchObject({ code: 'READ_ONLY' });
    }
    const ifAbsent = destination.put('config', bodyOf(Buffer.from('x')), { ifAbsent: true, signal });
    await expect(ifAbsent).rejects.toMatchObject({ code: 'READ_ONLY' });
    await expect(destination.delete('data/a', { signal })).rejects.toMatchObject({ code: 'READ_ONLY' });
    expect(await get(destination, 'data/a')).toBe('x');
    expect(await keys(destination)).toEqual(['data/a']);
  });
});

describe('a disk that is unmounted while it is open', () => {
  it('is UNAVAILABLE for every call, and nothing is written where it was', async () => {
    mount(disk);
    const destination = await open(disk);
    await put(destination, 'data/a', 'x');
    unmount(disk);
    const unavailable = { code: 'UNAVAILABLE', message: expect.stringContaining('unmounted') as string };
    await expect(put(destination, 'data/b', 'x')).rejects.toMatchObject(unavailable);
    await expect(get(destination, 'data/a')).rejects.toMatchObject(unavailable);
    await expect(destination.stat('data/a', { signal })).rejects.toMatchObject(unavailable);
    await expect(destination.delete('data/a', { signal })).rejects.toMatchObject(unavailable);
    await expect(keys(destination, 'data/')).rejects.toMatchObject(unavailable);
    await expect(destination.space({ signal })).rejects.toMatchObject(unavailable);
    expect(await readdir(disk)).toEqual([]);
  });

  it('is UNAVAILABLE also when its mount point goes away with it', async () => {
    const place = join(disk, 'usb');
    mount(disk);
    await mkdir(place);
    const destination = await open(place);
    await put(destination, 'data/a', 'x');
    unmount(disk);
    await expect(put(destination, 'data/b', 'x')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(keys(destination)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(await readdir(disk)).toEqual([]);
  });

  it.each([1, 20])('breaks a listing of %i folders off instead of ending it', async (folders) => {
    mount(disk);
    const destination = await open(disk);
    for (let i = 0; i < 200; i += 1) await put(destination, `data/${i % folders}/${i}`, 'x');
    const seen: string[] = [];
    const reading = async (): Promise<void> => {
      for await (const { key } of destination.list('data/', { signal })) {
        seen.push(key);
        if (seen.length === 10) unmount(disk, '-l');
      }
    };
    await expect(reading()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(seen.length).toBeLessThan(200);
  });

  it('is taken for the same one when it comes back under another number with what it had', async () => {
    const deviceOf = async (): Promise<number> => (await stat(disk)).dev;
    const bring = async (): Promise<void> => {
      mount(disk);
      await mkdir(join(disk, 'data'));
      await writeFile(join(disk, 'config'), 'x');
    };
    await bring();
    const first = await deviceOf();
    const destination = await open(disk);
    // A number that was given back is used again for the next disk, so others are mounted over it before it goes.
    unmount(disk, '-l');
    const others = Array.from({ length: 6 }, (_, i) => join(folder.path, `other${i}`));
    for (const other of others) {
      await mkdir(other);
      mount(other);
    }
    try {
      mount(disk);
      expect(await deviceOf()).not.toBe(first);
      await expect(destination.stat('config', { signal })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      unmount(disk);
      await bring();
      expect(await deviceOf()).not.toBe(first);
      await put(destination, 'data/a', 'x');
      expect(await keys(destination)).toEqual(['config', 'data/a']);
    } finally {
      for (const other of others) unmount(other);
    }
  });

  it('opens as an empty place when it was not there to begin with: whoever asks for a repository finds none', async () => {
    const destination = await open(disk);
    expect(await keys(destination)).toEqual([]);
    expect(await destination.stat('config', { signal })).toBeUndefined();
  });
});

describe('a disk that goes while folders are made', () => {
  it('leaves nothing where it was mounted', async () => {
    mount(disk);
    await mkdir(join(disk, 'keys'));
    const root = new Root(disk, thisPlatform);
    await root.look();
    unmount(disk);
    const made = Promise.all(['00', '01', '02'].map((name) => root.createBelow(['data', name])));
    await expect(made).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await vi.waitFor(async () => expect(await readdir(disk)).toEqual([]), 20_000);
  });
});
