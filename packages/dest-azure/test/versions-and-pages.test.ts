import { bodyOf, collect } from '@triplicate/core';
import { seededBytes, seededRandom } from '@triplicate/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AzureServer, noAzurite, startAzurite } from '../../../test/servers/azurite.ts';
import { startWeather } from '../../../test/servers/weather.ts';
import { adminOf, openWith, optionsFor, signal } from './kit.ts';

let server: AzureServer;
beforeAll(async () => {
  if (noAzurite !== undefined) return;
  server = await startAzurite();
  for (const name of ['backups', 'pages']) await adminOf(server, name).create();
});
afterAll(async () => server?.[Symbol.asyncDispose]());

const open = (container: string, more: Record<string, unknown> = {}, immutableMs?: number) => {
  const immutable = immutableMs === undefined ? {} : { immutableMs };
  return openWith({ ...optionsFor(server, container), ...more }, { secret: server.accountKey, ...immutable });
};

describe.skipIf(noAzurite !== undefined)(`more with Azurite${noAzurite === undefined ? '' : `: ${noAzurite}`}`, () => {
  it('lists more objects than a page of Azure has, which are 5,000', { timeout: 180_000 }, async () => {
    const count = 5003;
    const container = adminOf(server, 'pages');
    const names = Array.from({ length: count }, (_, i) => `index/${String(i).padStart(6, '0')}`);
    const left = [...names];
    const write = async (): Promise<void> => {
      for (let name = left.pop(); name !== undefined; name = left.pop())
        await container.getBlockBlobClient(name).upload('x', 1);
    };
    await Promise.all(Array.from({ length: 16 }, write));
    await using station = await startWeather(server.port);
    await using destination = await open('pages', { endpoint: `http://127.0.0.1:${station.port}/${server.account}` });
    const before = station.requests.length;
    const listed = await Array.fromAsync(destination.list('index/', { signal }));
    expect(listed.map(({ key }) => key).toSorted()).toEqual(names);
    expect(station.requests.slice(before).filter(({ path }) => path.includes('marker=')).length).toBeGreaterThan(0);
  });

  it('shows nothing of an upload that was killed half-way, and leaves nothing of it when the object is written again', async () => {
    await using destination = await open('backups', { partSize: '1MiB' });
    const key = 'data/half';
    const dying = {
      size: 3_000_000,
      async *open() {
        yield Buffer.alloc(2_500_000);
        throw new Error('killed');
      },
    };
    await expect(destination.put(key, dying, { signal })).rejects.toMatchObject({ code: 'IO' });
    const blob = adminOf(server, 'backups').getBlockBlobClient(key);
    const blocks = async (): Promise<number | undefined> =>
      (await blob.getBlockList('uncommitted')).uncommittedBlocks?.length;
    expect(await blocks()).toBe(2);
    expect(await destination.stat(key, { signal })).toBeUndefined();
    expect(await Array.fromAsync(destination.list('data/', { signal }))).toEqual([]);
    for (const size of [2_200_000, 1000]) {
      const content = seededBytes(seededRandom(size), size);
      await destination.put(key, bodyOf(content), { signal });
      expect((await collect(destination.get(key, { signal }))).equals(content)).toBe(true);
      expect((await blocks()) ?? 0).toBe(0);
    }
  });

  // Azurite keeps no versions: the answers are those of Microsoft's documentation, and what is asked for is looked at.
  it('reads older versions where a container keeps them, the newest first, and those of no other key', async () => {
    const key = `data/ab/${'ab'.repeat(32)}`;
    const item = (name: string, version: string, more = ''): string =>
      `<Blob><Name>${name}</Name><VersionId>${version}</VersionId>${more}<Properties><Content-Length>${version.length}</Content-Length>` +
      `<Last-Modified>Mon, 01 Jun 2026 00:00:00 GMT</Last-Modified><BlobType>BlockBlob</BlobType></Properties></Blob>`;
    const versions = ['2026-06-01T00:00:00.0000001Z', '2026-06-02T00:00:00.0000001Z', '2026-06-03T00:00:00.0000001Z'];
    const blobs = [
      ...versions.map((version, i) => item(key, version, i === 2 ? '<IsCurrentVersion>true</IsCurrentVersion>' : '')),
      item(`${key}.other`, versions[0] ?? ''),
    ];
    const body = `<?xml version="1.0" encoding="utf-8"?><EnumerationResults ServiceEndpoint="x" ContainerName="backups"><Prefix>${key}</Prefix><Blobs>${blobs.join('')}</Blobs><NextMarker/></EnumerationResults>`;
    await using station = await startWeather(server.port, ({ path }) => {
      const query = new URL(path, 'http://azure').searchParams;
      const version = query.get('versionid');
      const headers = { 'content-length': String(version?.length), etag: '"0x1"' };
      if (version !== null) return { answer: { status: 200, headers, body: version } };
      if (query.get('include') === 'versions')
        return { answer: { status: 200, headers: { 'content-type': 'application/xml' }, body } };
      // Immutability on the level of versions, as the container's properties tell it.
      if (query.get('restype') === 'container' && query.get('comp') === null)
        return { answer: { status: 200, headers: { 'x-ms-immutable-storage-with-versioning-enabled': 'true' } } };
      return undefined;
    });
    await using destination = await open(
      'backups',
      { endpoint: `http://127.0.0.1:${station.port}/${server.account}` },
      86_400_000,
    );
    expect(destination.capabilities.writeOnce).toBe('versions');
    const older = await Array.fromAsync(destination.versions?.(key, { signal }) ?? []);
    expect(older.map(({ size }) => size)).toEqual(versions.map(({ length }) => length));
    const contents = await Promise.all(older.map(async (version) => (await collect(version.open())).toString()));
    expect(contents).toEqual(versions.toReversed());
    expect(station.requests.some(({ path }) => path.includes('include=versions'))).toBe(true);
  });

  // Azurite keeps no policies either: https://learn.microsoft.com/en-us/rest/api/storageservices/set-blob-immutability-policy
  it('extends the policy of a blob, and takes a refusal for what it is', async () => {
    const key = `data/ab/${'ab'.repeat(32)}`;
    const until = new Date('2027-03-01T00:00:00Z');
    let inForce = until;
    let isRefused = false;
    await using station = await startWeather(server.port, ({ method, path }) => {
      const query = new URL(path, 'http://azure').searchParams;
      if (query.get('comp') === 'immutabilityPolicies')
        return { answer: { status: isRefused ? 409 : 200, headers: { 'x-ms-error-code': 'OperationNotAllowed' } } };
      if (query.get('restype') === 'container' && query.get('comp') === null)
        return { answer: { status: 200, headers: { 'x-ms-immutable-storage-with-versioning-enabled': 'true' } } };
      const headers = { 'x-ms-immutability-policy-until-date': inForce.toUTCString() };
      return method === 'HEAD' ? { answer: { status: 200, headers } } : undefined;
    });
    await using destination = await open(
      'backups',
      { endpoint: `http://127.0.0.1:${station.port}/${server.account}` },
      86_400_000,
    );
    await destination.keepUntil?.(key, { until, signal });
    const sent = station.requests.find(({ path }) => path.includes('comp=immutabilityPolicies'));
    expect(sent).toMatchObject({
      method: 'PUT',
      headers: {
        'x-ms-immutability-policy-until-date': until.toUTCString(),
        'x-ms-immutability-policy-mode': 'Locked',
      },
    });
    isRefused = true;
    inForce = new Date(until.getTime() + 1000);
    await destination.keepUntil?.(key, { until, signal });
    inForce = new Date(until.getTime() - 1000);
    await expect(destination.keepUntil?.(key, { until, signal })).rejects.toMatchObject({
      message: expect.stringContaining('cannot extend the policy of') as string,
    });
    await using plain = await open('backups');
    await expect(plain.keepUntil?.(key, { until, signal })).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });

  it('knows no older versions where the container keeps none', async () => {
    await using destination = await open('backups');
    expect(destination.capabilities.writeOnce).toBe('no');
    expect(await Array.fromAsync(destination.versions?.('config', { signal }) ?? [])).toEqual([]);
  });
});
