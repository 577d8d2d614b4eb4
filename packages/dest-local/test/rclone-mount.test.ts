/** Rclone's own FUSE mount, which answers a hard link with EIO. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, statSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { bodyOf } from '@triplicate/core';
import { temporaryFolder } from '@triplicate/core/testing';
import { expect, it, vi } from 'vitest';
import { get, open, signal } from './kit.ts';

const canMount = (): boolean => {
  try {
    accessSync('/dev/fuse', constants.R_OK | constants.W_OK);
    return process.getuid?.() === 0 && spawnSync('rclone', ['version']).status === 0;
  } catch {
    return false;
  }
};

const mounted = async (folder: string) => {
  const [behind, place, cache] = ['behind', 'place', 'cache'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  for (const path of [behind, place]) await mkdir(path);
  const before = statSync(place).dev;
  const flags = ['--vfs-cache-mode', 'writes', '--config', '/dev/null', '--cache-dir', cache];
  const rclone = spawn('rclone', ['mount', ...flags, `:local:${behind}`, place], { stdio: 'ignore' });
  const ended = once(rclone, 'exit');
  const end = async (): Promise<void> => {
    spawnSync('umount', ['-l', place]);
    rclone.kill('SIGKILL');
    await ended;
  };
  try {
    await vi.waitFor(() => expect(statSync(place).dev).not.toBe(before), 30_000);
  } catch (error) {
    await end();
    throw error;
  }
  return { place, [Symbol.asyncDispose]: end };
};

it.skipIf(!canMount())(
  'a mount of rclone takes the config once, and the second is refused (skipped without /dev/fuse, root and rclone)',
  async () => {
    await using folder = await temporaryFolder();
    await using mount = await mounted(folder.path);
    execFileSync('touch', [join(mount.place, 'one')]);
    expect(spawnSync('ln', [join(mount.place, 'one'), join(mount.place, 'two')]).status).not.toBe(0);
    const destination = await open(join(mount.place, 'backup'));
    const put = (text: string): Promise<unknown> =>
      destination.put('config', bodyOf(Buffer.from(text)), { ifAbsent: true, signal });
    await put('first');
    await expect(put('second')).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    expect(await get(destination, 'config')).toBe('first');
    expect(await readdir(join(mount.place, 'backup'))).toEqual(['config']);
  },
);
