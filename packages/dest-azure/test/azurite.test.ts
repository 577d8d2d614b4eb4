import {
  ContainerSASPermissions,
  generateBlobSASQueryParameters,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';
import { testDestination } from '@triplicate/conformance';
import { bodyOf, collect, type Log, systemClock, wrapDestination } from '@triplicate/core';
import { seededBytes, seededRandom } from '@triplicate/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type AzureServer, azuriteKey, noAzurite, startAzurite } from '../../../test/servers/azurite.ts';
import { startProxy } from '../../../test/servers/proxy.ts';
import { everyFifth, type Forecast, startWeather, type WeatherStation } from '../../../test/servers/weather.ts';
import { adminOf, openWith, optionsFor, signal } from './kit.ts';

let server: AzureServer;

beforeAll(async () => {
  if (noAzurite !== undefined) return;
  server = await startAzurite();
  await adminOf(server, 'backups').create();
});
afterAll(async () => server?.[Symbol.asyncDispose]());

const open = (more: Record<string, unknown> = {}) =>
  openWith({ ...optionsFor(server, 'backups'), ...more }, { secret: server.accountKey });
const through = ({ port }: { readonly port: number }, more: Record<string, unknown> = {}) =>
  open({ endpoint: `http://127.0.0.1:${port}/${server.account}`, ...more });
const withWeather = async (forecast: Forecast, work: (station: WeatherStation) => Promise<void>): Promise<void> => {
  await using station = await startWeather(server.port, forecast);
  await work(station);
};

/** A token for the container that may do what its letters say. */
const sas = (permissions: string): string =>
  generateBlobSASQueryParameters(
    {
      containerName: 'backups',
      permissions: ContainerSASPermissions.parse(permissions),
      expiresOn: new Date(Date.now() + 3_600_000),
    },
    new StorageSharedKeyCredential(server.account, server.accountKey),
  ).toString();
const openWithToken = (token: string) => {
  const { accountKey: _, ...rest } = optionsFor(server, 'backups');
  return openWith({ ...rest, sasToken: { env: 'SAS' } }, { secret: token });
};

const refusal = (code: string, status: number, headers: Readonly<Record<string, string>> = {}) => ({
  status,
  headers: { 'content-type': 'application/xml', 'x-ms-error-code': code, ...headers },
  body: `<?xml version="1.0" encoding="utf-8"?><Error><Code>${code}</Code><Message>bad weather</Message></Error>`,
});
const storm = everyFifth([
  refusal('ServerBusy', 503),
  refusal('InternalError', 500),
  refusal('TooManyRequests', 429, { 'retry-after': '0' }),
  { status: 502, body: '<html>Bad gateway</html>' },
]);

const quiet: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined };
const id = 'ab'.repeat(32);

describe.skipIf(noAzurite !== undefined)(`with Azurite${noAzurite === undefined ? '' : `: ${noAzurite}`}`, () => {
  testDestination({ describe, it }, 'azure', () => open({ partSize: '8MiB' }), {
    secrets: [azuriteKey],
    refusals: [
      {
        what: 'a wrong key',
        code: 'AUTH',
        open: () => openWith(optionsFor(server, 'backups'), { secret: Buffer.alloc(64).toString('base64') }),
      },
      { what: 'a token that may not list', code: 'AUTH', open: () => openWithToken(sas('rw')) },
      { what: 'a container that is not there', code: 'CONFIG_INVALID', open: () => open({ container: 'nowhere' }) },
      {
        what: 'a container that cannot lock',
        code: 'CONFIG_INVALID',
        open: () => openWith(optionsFor(server, 'backups'), { secret: server.accountKey, immutableMs: 1000 }),
      },
      {
        what: 'a host that does not answer',
        code: 'UNAVAILABLE',
        open: () => open({ endpoint: 'http://127.0.0.1:9/annasbackups' }),
      },
    ],
  });

  it('works with a token for the container alone, and never shows it', async () => {
    const token = sas('racwdl');
    await using destination = await openWithToken(`?${token}`);
    await destination.put('token/object', bodyOf(Buffer.from('x')), { signal });
    expect((await collect(destination.get('token/object', { signal }))).toString()).toBe('x');
    await destination.delete('token/object', { signal });
    expect(destination.label).toBe('azure://annasbackups/backups');
  });

  it('keeps what a token may not delete', async () => {
    await using destination = await openWithToken(sas('racwl'));
    await destination.put('kept/object', bodyOf(Buffer.from('x')), { signal });
    await expect(destination.delete('kept/object', { signal })).rejects.toMatchObject({ code: 'AUTH' });
    await using all = await open();
    await all.delete('kept/object', { signal });
  });

  it('gives a tier to packs alone', async () => {
    await using destination = await open({ accessTier: 'Cool' });
    const tiers: unknown[] = [];
    for (const key of [`anna/data/ab/${id}`, `anna/index/${id}`, 'anna/config']) {
      await destination.put(key, bodyOf(Buffer.from('x')), { signal });
      const { accessTier } = await adminOf(server, 'backups').getBlobClient(key).getProperties();
      tiers.push(accessTier);
      await destination.delete(key, { signal });
    }
    expect(tiers).toEqual(['Cool', 'Hot', 'Hot']);
  });

  it('is not taken in by content that was damaged on its way there', () =>
    withWeather(
      ({ method }) => (method === 'PUT' ? { spoilRequest: 500 } : undefined),
      async (station) => {
        await using destination = await through(station, { partSize: '1MiB' });
        for (const size of [1000, 2_500_000]) {
          const content = seededBytes(seededRandom(size), size);
          const write = destination.put('bad/object', bodyOf(content), { signal });
          await expect(write).rejects.toMatchObject({ code: 'UNAVAILABLE', message: expect.stringMatching(/damaged/) });
          expect(await destination.stat('bad/object', { signal })).toBeUndefined();
        }
      },
    ));

  it('does not believe an answer that an object was stored, where it was not', () =>
    withWeather(
      ({ method, path }) =>
        method === 'PUT' && path.includes('/lost') ? { answer: { status: 201, headers: { etag: '"1"' } } } : undefined,
      async (station) => {
        await using destination = await through(station, { partSize: '1MiB' });
        for (const size of [1000, 2_500_000]) {
          await expect(destination.put('lost/object', bodyOf(Buffer.alloc(size)), { signal })).rejects.toMatchObject({
            code: 'UNAVAILABLE',
            message: expect.stringMatching(/took .* and does not have it/) as string,
          });
        }
      },
    ));

  it('never gives a listing that broke off', async () => {
    for (const body of [
      '',
      '<html>Welcome to the hotel</html>',
      '<EnumerationResults><Blobs><Blob>',
      '<EnumerationResults/>',
    ]) {
      await withWeather(
        ({ path }) => (path.includes('prefix=pages') ? { answer: { status: 200, body } } : undefined),
        async (station) => {
          await using destination = await through(station);
          const listing = Array.fromAsync(destination.list('pages/', { signal }));
          await expect(listing).rejects.toMatchObject({ code: 'UNAVAILABLE' });
        },
      );
    }
  });

  it('sends each request once: only the wrappers make a call again', () =>
    withWeather(
      ({ path }) =>
        path.includes('busy') ? { answer: refusal('ServerBusy', 503, { 'retry-after': '3' }) } : undefined,
      async (station) => {
        await using destination = await through(station);
        const before = station.requests.length;
        await expect(destination.stat('busy', { signal })).rejects.toMatchObject({
          code: 'RATE_LIMITED',
          retryAfterMs: 3000,
        });
        expect(station.requests.length - before).toBe(1);
      },
    ));

  it('keeps two hundred objects right through a storm of every verb, in a bounded number of requests', () =>
    withWeather(storm, async (station) => {
      const retry = { firstDelayMs: 20, longestDelayMs: 1000 };
      const options = { log: quiet, clock: systemClock, random: seededRandom(3), retry };
      await using destination = wrapDestination(await through(station), options);
      const contents = new Map(
        Array.from({ length: 200 }, (_, i) => [`index/${i}`, seededBytes(seededRandom(i), 1 + i * 11)]),
      );
      await Promise.all([...contents].map(([key, content]) => destination.put(key, bodyOf(content), { signal })));
      const listed = await Array.fromAsync(destination.list('index/', { signal }));
      expect(listed.map(({ key }) => key).toSorted()).toEqual([...contents.keys()].toSorted());
      const back = await Promise.all([...contents.keys()].map((key) => collect(destination.get(key, { signal }))));
      expect(back.every((content, i) => content.equals(contents.get(`index/${i}`) ?? Buffer.alloc(0)))).toBe(true);
      await Promise.all([...contents.keys()].map((key) => destination.delete(key, { signal })));
      expect(await Array.fromAsync(destination.list('', { signal }))).toEqual([]);
      expect(station.requests.length).toBeLessThan(602 * 1.35);
    }));

  it('takes content that ends too early for a cut connection, and not for an abort', async () => {
    await using plain = await open();
    await plain.put('early/object', bodyOf(Buffer.alloc(900_000)), { signal });
    const early: Forecast = ({ method, path }) =>
      method === 'GET' && path.includes('/early/') ? { cutAfter: 100_000 } : undefined;
    await withWeather(early, async (station) => {
      await using destination = await through(station);
      const reading = collect(destination.get('early/object', { signal }));
      await expect(reading).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    });
    await plain.delete('early/object', { signal });
  });

  it('reads on where a connection was cut', async () => {
    const content = seededBytes(seededRandom(1), 3_000_000);
    await using plain = await open();
    await plain.put('cut/object', bodyOf(content), { signal });
    await using proxy = await startProxy({ port: server.port });
    const options = { log: quiet, clock: systemClock, random: seededRandom(3), retry: { firstDelayMs: 20 } };
    await using destination = wrapDestination(await through(proxy), options);
    await destination.stat('cut/object', { signal });
    proxy.setPlan((n) => (n % 2 === 0 ? undefined : { cutDownAfter: 700_000 }));
    await using fresh = wrapDestination(await through(proxy), options);
    expect((await collect(fresh.get('cut/object', { signal }))).equals(content)).toBe(true);
    await plain.delete('cut/object', { signal });
  });
});
