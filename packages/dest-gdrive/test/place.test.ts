import { generateKeyPairSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bodyOf, collect, type Destination } from '@triplicate/core';
import { temporaryFolder, type TemporaryFolder } from '@triplicate/core/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { folderType } from '../../../test/servers/google-drive/store.ts';
import plugin from '../src/index.ts';
import { clientId, type Google, openAt, signal, startGoogle } from './kit.ts';

let google: Google;
let folder: TemporaryFolder;
beforeEach(async () => {
  google = await startGoogle();
  folder = await temporaryFolder();
});
afterEach(async () => {
  await google[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const use = async (destination: Destination): Promise<void> => {
  await destination.put('data/ab/pack', bodyOf(Buffer.from('x')), { signal });
  expect((await collect(destination.get('data/ab/pack', { signal }))).toString()).toBe('x');
  expect(await Array.fromAsync(destination.list('', { signal }))).toHaveLength(1);
  await destination.delete('data/ab/pack', { signal });
  expect(await Array.fromAsync(destination.list('', { signal }))).toEqual([]);
};
const pathOf = (id: string): string => {
  const { name, parents } = google.drive.store.get(id);
  return parents[0] === undefined ? name : `${pathOf(parents[0])}/${name}`;
};
const folders = (): string[] =>
  [...google.drive.store.files.values()].filter((file) => file.mimeType === folderType).map(({ id }) => pathOf(id));

describe('the place of the backups', () => {
  it('is a path from the top of the drive, made with the first object and not before', async () => {
    await using destination = await openAt(google);
    expect(destination.label).toBe('gdrive:Backups/anna');
    expect(await Array.fromAsync(destination.list('', { signal }))).toEqual([]);
    expect(folders()).toHaveLength(2);
    await use(destination);
    expect(folders()).toContain('My Drive/Backups/anna/data/ab');
  });

  it('is on a shared drive, where there is no telling how much room there is', async () => {
    google.drive.options.limitBytes = 1_000_000;
    await using destination = await openAt(google, { sharedDrive: google.drive.store.sharedId });
    await use(destination);
    expect(folders()).toContain('Family/Backups/anna/data/ab');
    expect(await destination.space?.({ signal })).toBeUndefined();
  });

  it('is below a folder that is named by its id', async () => {
    const { id } = google.drive.store.create({ name: 'Mine', mimeType: folderType }, undefined);
    await using destination = await openAt(google, { folderId: id, access: 'all' });
    await use(destination);
    expect(folders()).toContain('My Drive/Mine/Backups/anna/data/ab');
  });

  it('has to be there when it is named by an id, and be a folder', async () => {
    const file = google.drive.store.create({ name: 'file' }, Buffer.from('x'));
    for (const raw of [{ folderId: 'nowhere-at-all' }, { folderId: file.id }, { sharedDrive: 'nowhere-at-all' }])
      await expect(openAt(google, raw)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });

  it('keeps in the trash what a member of a shared drive may not delete', async () => {
    google.drive.options.trashOnly = true;
    await using destination = await openAt(google, { sharedDrive: google.drive.store.sharedId });
    await use(destination);
    const packs = [...google.drive.store.files.values()].filter(({ name }) => name === 'pack');
    expect(packs).toMatchObject([{ trashed: true, deleted: undefined }]);
  });

  it('deletes nothing when it is told that it cannot', async () => {
    await using destination = await openAt(google, { appendOnly: true });
    expect(destination.capabilities.canDelete).toBe(false);
    await destination.put('kept', bodyOf(Buffer.from('x')), { signal });
    await destination.put('kept', bodyOf(Buffer.from('newer')), { signal });
    await expect(destination.delete('kept', { signal })).rejects.toMatchObject({ code: 'READ_ONLY' });
    expect((await collect(destination.get('kept', { signal }))).toString()).toBe('newer');
  });

  it('comes back when somebody removed its folder while it was open', async () => {
    await using destination = await openAt(google, { listLag: '30s' });
    await destination.put('index/one', bodyOf(Buffer.from('1')), { signal });
    const [backups] = [...google.drive.store.files.values()].filter(({ name }) => name === 'Backups');
    if (backups) google.drive.store.delete(backups);
    const write = () => destination.put('index/two', bodyOf(Buffer.from('2')), { signal });
    await expect(write()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await write();
    expect((await collect(destination.get('index/two', { signal }))).toString()).toBe('2');
  });
});

describe('a service account', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const email = 'backup@project.iam.gserviceaccount.com';
  const keyFile = JSON.stringify({ type: 'service_account', client_email: email, private_key: privateKey }, null, 2);

  it('signs for itself, and for a user of its organisation', async () => {
    google.oauth.options.service = { email, publicKey };
    const path = join(folder.path, 'key.json');
    await writeFile(path, keyFile);
    await using fromFile = await openAt(google, { serviceAccount: { file: path }, access: 'all' });
    await use(fromFile);
    google.oauth.expireAccess();
    await use(fromFile);
    const acting = { serviceAccount: { env: 'KEY' }, impersonate: 'anna@example.org' };
    await using forAnna = await openAt(google, acting, { secret: keyFile });
    await use(forAnna);
    expect(google.oauth.subjects).toEqual([undefined, undefined, 'anna@example.org']);
  });

  it('asks once for a token: only the wrappers make a call again', async () => {
    google.oauth.troubles.push(...Array.from({ length: 9 }, () => ({ status: 503 })));
    await using _ = await openAt(google, { serviceAccount: { env: 'KEY' } }, { secret: keyFile });
    expect(google.oauth.requests).toEqual(['POST /token']);
  });

  it('says when its key is none, or not that of the account, and shows nothing of it', async () => {
    const open = (secret: string) => openAt(google, { serviceAccount: { env: 'KEY' } }, { secret });
    await expect(open('{"private_key":"secret')).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.not.stringContaining('secret"'),
    });
    await expect(openAt(google, { serviceAccount: { file: '/nowhere.json' } })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
    google.oauth.options.service = { email: 'other@example.org', publicKey };
    await expect(open(keyFile)).rejects.toMatchObject({ code: 'AUTH' });
  });
});

describe('the options', () => {
  const wrong = (raw: Record<string, unknown>): readonly string[] =>
    plugin.options.safeParse(raw).error?.issues.map(({ message }) => message) ?? [];

  it('are refused where they cannot be meant', () => {
    expect(plugin.options.safeParse({ clientId }).success).toBe(true);
    expect(wrong({ impersonate: 'a@example.org' })).toEqual(['"impersonate" needs a "serviceAccount"']);
    expect(wrong({ serviceAccount: { env: 'K' }, clientId })).toHaveLength(1);
    expect(wrong({ folderId: '0123456789', sharedDrive: '0123456789' })).toHaveLength(1);
    expect(wrong({ folder: '/Backups' })).toHaveLength(1);
    expect(wrong({ folder: 'a/../b' })).toHaveLength(1);
    expect(wrong({ chunkSize: '300KiB' })).toEqual(['a multiple of 256KiB']);
    expect(wrong({ clientSecret: 'GOCSPX-literal' })).toHaveLength(1);
    expect(wrong({ appDataFolder: true })).toHaveLength(1);
  });

  it('ask for no more than the files that we make, unless they say so', () => {
    const need = plugin.signIn?.(plugin.options.parse({ clientId }));
    expect(need?.provider.scopes).toEqual(['https://www.googleapis.com/auth/drive.file']);
    expect(plugin.signIn?.(plugin.options.parse({ clientId, access: 'all' }))?.provider.scopes).toEqual([
      'https://www.googleapis.com/auth/drive',
    ]);
    expect(plugin.signIn?.(plugin.options.parse({ serviceAccount: { env: 'K' } }))).toBeUndefined();
  });
});
