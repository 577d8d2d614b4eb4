import { readFile, stat, utimes, writeFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SystemGrantStore } from '../../src/auth/grant-store.ts';
import { systemClock } from '../../src/clock.ts';
import type { Keychain } from '../../src/config/keychain.ts';
import { temporaryFolder, type TemporaryFolder } from '../../src/testing/temporary-folder.ts';
import { grantOf, memoryKeychain, noKeychain } from './kit.ts';

const call = { signal: new AbortController().signal };
let temporary: TemporaryFolder;
beforeEach(async () => {
  temporary = await temporaryFolder();
});
afterEach(() => temporary[Symbol.asyncDispose]());

const storeWith = (keychain: Keychain): SystemGrantStore =>
  new SystemGrantStore({
    name: 'cloud',
    folder: join(temporary.path, 'cloud'),
    entry: 'sign-in cloud',
    keychain,
    clock: systemClock,
  });

describe('the place of a sign-in', () => {
  it('is the keychain, and no file then', async () => {
    const keychain = memoryKeychain();
    const store = storeWith(keychain);
    expect(await store.read(call)).toBeUndefined();
    const grant = grantOf('opal');
    await store.write(grant, call);
    expect(await storeWith(keychain).read(call)).toEqual(grant);
    expect(keychain.entries.get('sign-in cloud')).toContain('opal');
    await expect(stat(store.file)).rejects.toMatchObject({ code: 'ENOENT' });
    await store.remove(call);
    expect(keychain.entries.size).toBe(0);
  });

  it('is a file that only its owner reads, where somebody chose it; renewed ones go there too', async () => {
    const store = storeWith(noKeychain());
    await store.writeTo('file', grantOf('opal'), call);
    await store.write(grantOf('ruby'), call);
    expect((await store.read(call))?.refreshToken).toBe('ruby');
    expect((await stat(store.file)).mode & 0o777).toBe(0o600);
    expect((await stat(dirname(store.file))).mode & 0o777).toBe(0o700);
    expect(await readFile(store.file, 'utf8')).toContain('ruby');
    await store.remove(call);
    await expect(stat(store.file)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('is one at a time', async () => {
    const keychain = memoryKeychain();
    const store = storeWith(keychain);
    await store.writeTo('keychain', grantOf('opal'), call);
    await store.writeTo('file', grantOf('ruby'), call);
    expect(keychain.entries.size).toBe(0);
    await store.writeTo('keychain', grantOf('jade'), call);
    await expect(stat(store.file)).rejects.toMatchObject({ code: 'ENOENT' });
    expect((await store.read(call))?.refreshToken).toBe('jade');
  });

  it('is not taken for empty when the keychain cannot be asked', async () => {
    await expect(storeWith(noKeychain()).read(call)).rejects.toMatchObject({
      code: 'AUTH',
      hint: expect.stringContaining('`triplicate auth cloud --store file`'),
    });
  });

  it('holds nothing when what is there is damaged', async () => {
    const store = storeWith(memoryKeychain());
    await mkdir(dirname(store.file), { recursive: true });
    await writeFile(store.file, '{"version":1,"refreshTo');
    expect(await store.read(call)).toBeUndefined();
  });
});

describe('the turn of a process', () => {
  it('comes after that of the other', async () => {
    const order: string[] = [];
    const work = (name: string) => async (): Promise<void> => {
      order.push(`${name} begins`);
      await new Promise((resolve) => setTimeout(resolve, 30));
      order.push(`${name} ends`);
    };
    const [a, b] = [storeWith(memoryKeychain()), storeWith(memoryKeychain())];
    await Promise.all([a.exclusively(work('a'), call), b.exclusively(work('b'), call)]);
    expect(order.map((line) => line.split(' ')[1])).toEqual(['begins', 'ends', 'begins', 'ends']);
  });

  it('comes at once after one that was killed a minute ago', async () => {
    const store = storeWith(memoryKeychain());
    await mkdir(dirname(store.file), { recursive: true });
    await writeFile(`${store.file}.lock`, '');
    const past = new Date(Date.now() - 61_000);
    await utimes(`${store.file}.lock`, past, past);
    await expect(store.exclusively(() => Promise.resolve('done'), call)).resolves.toBe('done');
  });

  it('ends with an interruption while another one has it', async () => {
    const store = storeWith(memoryKeychain());
    const stop = new AbortController();
    await store.exclusively(async () => {
      const waiting = store.exclusively(() => Promise.resolve(), { signal: stop.signal });
      stop.abort();
      await expect(waiting).rejects.toThrow(/interrupted/);
    }, call);
  });
});
