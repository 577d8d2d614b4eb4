import { existsSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type PluginContext, systemClock } from '@triplicate/core';
import { type TemporaryFolder, temporaryFolder } from '@triplicate/core/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import local, { expandPath, localOptions } from '../src/index.ts';
import { keys, put, signal } from './kit.ts';

let folder: TemporaryFolder;
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(() => folder[Symbol.asyncDispose]());

const open = (options: object, context: Partial<PluginContext> = {}) => {
  const log = { debug() {}, info() {}, warn() {} };
  const folders = { configDirectory: folder.path, cacheDirectory: folder.path, stateDirectory: folder.path };
  const secret = (): Promise<string> => Promise.reject(new Error('no secret is needed'));
  return local.open(localOptions.parse(options), {
    name: 'usb',
    signal,
    log,
    clock: systemClock,
    secret,
    ...folders,
    ...context,
  });
};

describe('opening a folder', () => {
  it('creates nothing; the first put does', async () => {
    const destination = await open({ path: 'new/deep/folder' });
    expect(destination.label).toBe(join(folder.path, 'new/deep/folder'));
    expect(await keys(destination)).toEqual([]);
    expect(await destination.stat('config', { signal })).toBeUndefined();
    const { readdir } = await import('node:fs/promises');
    expect(await readdir(folder.path)).toEqual([]);
    await put(destination, 'config', 'x');
    expect(await readdir(join(folder.path, 'new/deep/folder'))).toEqual(['config']);
  });

  it.skipIf(!existsSync('/proc/self'))('fails at once where no folder can be made', { timeout: 30_000 }, async () => {
    const destination = await open({ path: '/proc/triplicate/x' });
    await expect(put(destination, 'config', 'x')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('is UNAVAILABLE for a removable disk that is not there, and says what to do', async () => {
    await expect(open({ path: 'usb' }, { removable: true })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: `there is no folder ${join(folder.path, 'usb')}`,
      hint: expect.stringContaining('Plug in or mount the disk') as string,
    });
    await expect(open({ path: 'usb', create: false })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await mkdir(join(folder.path, 'usb'));
    await using destination = await open({ path: 'usb' }, { removable: true });
    expect(await keys(destination)).toEqual([]);
  });

  it('is UNAVAILABLE behind a link that leads nowhere, and names the link', async () => {
    await symlink(join(folder.path, 'mnt'), join(folder.path, 'link'));
    for (const path of ['link', 'link/below/deep'])
      await expect(open({ path })).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        message: `${join(folder.path, 'link')} is a link to ${join(folder.path, 'mnt')}, which is not there`,
        retryable: false,
      });
    await mkdir(join(folder.path, 'mnt'));
    await using destination = await open({ path: 'link/below/deep' });
    await put(destination, 'config', 'x');
    expect(existsSync(join(folder.path, 'mnt/below/deep/config'))).toBe(true);
  });

  it('refuses a file', async () => {
    await writeFile(join(folder.path, 'file'), '');
    for (const path of ['file', 'file/below']) {
      await expect(open({ path })).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
        message: `${join(folder.path, 'file')} is a file, not a folder`,
      });
    }
  });
});

describe('the options', () => {
  it('know their own keys alone', () => {
    expect(localOptions.parse({ path: '/backup' })).toEqual({ path: '/backup', create: true, appendOnly: false });
    for (const wrong of [{}, { path: '' }, { path: '/b', removable: true }, { path: '/b', paht: '/c' }]) {
      expect(localOptions.safeParse(wrong).success).toBe(false);
    }
  });

  it('take the home folder for ~ and the folder of the configuration for what is relative', () => {
    expect(expandPath('~', '/etc')).toBe(homedir());
    expect(expandPath('~/backup', '/etc')).toBe(join(homedir(), 'backup'));
    expect(expandPath('backup/../b', '/etc/x')).toBe('/etc/x/b');
    expect(expandPath('/media/usb/', '/etc')).toBe('/media/usb');
    expect(expandPath('~other/x', '/etc')).toBe('/etc/~other/x');
  });
});
