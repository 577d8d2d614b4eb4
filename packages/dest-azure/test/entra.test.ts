import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { ContainerClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import { bodyOf, collect, MemoryGrantStore } from '@triplicate/core';
import { temporaryFolder, type TemporaryFolder } from '@triplicate/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AzureServer, noAzurite, startAzurite } from '../../../test/servers/azurite.ts';
import { type Entra, startEntra } from '../../../test/servers/entra.ts';
import { noTlsProxy } from '../../../test/servers/tls-proxy.ts';
import plugin, { azureOptions } from '../src/index.ts';
import { openWith, signal } from './kit.ts';

const missing = noAzurite ?? noTlsProxy;
let folder: TemporaryFolder;
let entra: Entra;
let server: AzureServer;
const usual = getCACertificates('default');

/** A certificate for loopback, which this process trusts from now on. */
const certificate = (at: string): { readonly cert: string; readonly key: string } => {
  const [cert, key] = [join(at, 'cert.pem'), join(at, 'key.pem')];
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  const subject = ['-subj', '/CN=Azure of a test', '-addext', 'subjectAltName=IP:127.0.0.1'];
  execFileSync('openssl', ['req', '-x509', ...kind, ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  setDefaultCACertificates([...usual, readFileSync(cert, 'utf8')]);
  return { cert, key };
};

beforeAll(async () => {
  if (missing !== undefined) return;
  folder = await temporaryFolder();
  [entra, server] = await Promise.all([startEntra(), startAzurite({ tls: certificate(folder.path) })]);
  const key = new StorageSharedKeyCredential(server.account, server.accountKey);
  await new ContainerClient(`${server.endpoint}/backups`, key).create();
});
afterAll(async () => {
  for (const one of [entra, server, folder]) await one?.[Symbol.asyncDispose]();
  setDefaultCACertificates(usual);
});

const options = (more: Record<string, unknown> = {}) => ({
  account: server.account,
  container: 'backups',
  endpoint: server.endpoint,
  tenant: entra.tenant,
  authority: entra.url,
  clientId: entra.application.clientId,
  clientSecret: { env: 'AZURE_CLIENT_SECRET' },
  ...more,
});
const open = (more: Record<string, unknown> = {}, secret = entra.application.secret) =>
  openWith(options(more), { secret });

describe.skipIf(missing !== undefined)(`signed in with Entra ID${missing === undefined ? '' : `: ${missing}`}`, () => {
  it('writes, lists, reads and deletes as an application', async () => {
    await using destination = await open();
    const content = Buffer.alloc(1_500_000, 'x');
    await destination.put('app/large', bodyOf(content), { signal });
    expect((await collect(destination.get('app/large', { signal }))).equals(content)).toBe(true);
    const listed = await Array.fromAsync(destination.list('app/', { signal }));
    expect(listed.map(({ key, size }) => [key, size])).toEqual([['app/large', content.byteLength]]);
    await destination.delete('app/large', { signal });
    expect(await destination.stat('app/large', { signal })).toBeUndefined();
  });

  it('tells a container and a place for sign-ins that are not there', async () => {
    await expect(open({ container: 'nowhere' })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await expect(open({ authority: 'http://127.0.0.1:2' })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('says what is wrong with the registration, and shows no secret', async () => {
    const message = 'cannot sign in to Entra ID: the secret of the application is wrong';
    await expect(open({}, 'wrong-secret-value')).rejects.toMatchObject({
      message,
      hint: expect.stringMatching(/value of the secret, and not its id/) as string,
      context: { service: 'invalid_client', detail: 'AADSTS7000215' },
    });
    await expect(open({ tenant: 'nowhere.example' })).rejects.toThrow('there is no such tenant');
    await expect(open({ clientId: 'nobody' })).rejects.toThrow('the tenant does not know this application');
  });

  it('asks for one token, and for another before it ends or when it is refused', async () => {
    const before = entra.given.length;
    await using destination = await open();
    for (const name of ['a', 'b', 'c']) await destination.put(`few/${name}`, bodyOf(Buffer.from(name)), { signal });
    expect(entra.given.length - before).toBe(1);
    entra.age = 7200;
    await expect(open()).rejects.toMatchObject({ code: 'AUTH', hint: expect.stringMatching(/"clientId"/) as string });
    entra.age = 0;
    // Short of two minutes before its end, the SDK asks for the next.
    entra.life = 100;
    await using short = await open();
    const asked = entra.given.length;
    for (let n = 0; n < 3; n += 1) expect((await collect(short.get('few/a', { signal }))).toString()).toBe('a');
    expect(entra.given.length).toBeGreaterThan(asked);
    entra.life = 3599;
    for (const name of ['a', 'b', 'c']) await destination.delete(`few/${name}`, { signal });
  });

  it('serves a person who has signed in, with a new token where the service refused one', async () => {
    const { clientId } = entra.application;
    const grant = {
      version: 1 as const,
      refreshToken: entra.refreshToken,
      clientId,
      scope: '',
      granted: '2026-01-01T12:00:00.000Z',
    };
    const { clientSecret: _, ...own } = options();
    await using destination = await openWith(own, { secret: '', grants: new MemoryGrantStore(grant) });
    await destination.put('own/a', bodyOf(Buffer.from('a')), { signal });
    expect((await collect(destination.get('own/a', { signal }))).toString()).toBe('a');
    await destination.delete('own/a', { signal });
    const gone = openWith(own, { secret: '', grants: new MemoryGrantStore({ ...grant, refreshToken: 'ended' }) });
    await expect(gone).rejects.toMatchObject({
      code: 'AUTH',
      hint: expect.stringMatching(/triplicate auth/) as string,
    });
  });

  it('waits for a provider that is busy', async () => {
    entra.troubles.push(503);
    await using destination = await open();
    expect(await destination.stat('nothing', { signal })).toBeUndefined();
  });
});

describe('the options for Entra ID', () => {
  const base = { account: 'annasbackups', container: 'backups' };
  const secret = { env: 'SECRET' };

  it.each([
    [{ clientId: 'a', accountKey: secret }, 'accountKey'],
    [{ tenant: 't', accountKey: secret }, 'clientId'],
    [{ clientId: 'a', clientSecret: secret }, 'tenant'],
    [{ clientId: 'a', endpoint: 'http://127.0.0.1:1/annasbackups' }, 'endpoint'],
    [{ clientId: 'a', authority: 'http://login.example.org' }, 'authority'],
  ])('refuse what does not go together: %j', (more, path) => {
    const { error } = azureOptions.safeParse({ ...base, ...more });
    expect(error?.issues.map(({ path: [first] }) => first)).toContain(path);
  });

  it('need a person to sign in where the application has no secret', () => {
    const parsed = azureOptions.parse({ ...base, tenant: 'anna.example', clientId: 'app' });
    expect(plugin.signIn?.(parsed)?.provider).toMatchObject({
      deviceUrl: 'https://login.microsoftonline.com/anna.example/oauth2/v2.0/devicecode',
      scopes: ['https://storage.azure.com/user_impersonation', 'offline_access'],
    });
    expect(plugin.signIn?.(azureOptions.parse({ ...base, accountKey: secret }))).toBeUndefined();
    expect(
      plugin.signIn?.(azureOptions.parse({ ...base, tenant: 't', clientId: 'a', clientSecret: secret })),
    ).toBeUndefined();
  });
});
