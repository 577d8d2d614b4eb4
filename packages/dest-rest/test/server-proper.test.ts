import { hash } from 'node:crypto';
import { bodyOf, collect, type Destination, systemClock, wrapDestination } from '@triplicate/core';
import { seededRandom, temporaryFolder, type TemporaryFolder } from '@triplicate/core/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startWeather } from '../../../test/servers/weather.ts';
import { openWith, signal } from './kit.ts';
import { type ProperServer, startProper } from './server-proper.ts';

let folder: TemporaryFolder;
let server: ProperServer;
let destination: Destination;
beforeAll(async () => {
  folder = await temporaryFolder();
});
afterAll(() => folder[Symbol.asyncDispose]());
beforeEach(async () => {
  server = await startProper();
  destination = await open();
});
afterEach(async () => {
  await destination[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const open = (url = server.url, more: object = {}) => openWith({ url, ...more }, { folder: folder.path });
const content = Buffer.from('the content of a pack');
const id = hash('sha256', content);
const pack = `data/${id.slice(0, 2)}/${id}`;
const put = (key: string, bytes = content, to = destination) => to.put(key, bodyOf(bytes), { signal });
const list = async (prefix: string, from = destination): Promise<string[]> =>
  (await Array.fromAsync(from.list(prefix, { signal }))).map(({ key, size }) => `${key} ${size}`);

describe('a server that keeps to the protocol', () => {
  it('gets a repository made before its first key, and everything that restic keeps', async () => {
    expect(await list('data/')).toEqual([]);
    for (const key of [`keys/${id}`, 'config', pack, `index/${id}`, `locks/${id}`, `snapshots/${id}`]) {
      await put(key);
      expect((await destination.stat(key, { signal }))?.size).toBe(content.byteLength);
      expect((await collect(destination.get(key, { signal }))).equals(content)).toBe(true);
    }
    expect(server.objects.has(`/data/${id}`)).toBe(true);
    for (const kind of ['keys', 'index', 'locks', 'snapshots'])
      expect(await list(`${kind}/`)).toEqual([`${kind}/${id} ${content.byteLength}`]);
    expect(await list('data/')).toEqual([`${pack} ${content.byteLength}`]);
    await destination.delete(pack, { signal });
    await destination.delete(pack, { signal });
    expect(await list('data/')).toEqual([]);
  });

  it('says cleanly that it keeps nothing else, and that nobody tells what stands in a folder above', async () => {
    await put(`keys/${id}`);
    await expect(put('triplicate/forget/one')).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      message: expect.stringContaining('alone') as string,
    });
    await expect(put('foo/bar')).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    expect(await list('triplicate/')).toEqual([]);
    await expect(list('')).rejects.toMatchObject({ code: 'UNSUPPORTED' });
  });

  it('replaces nothing but what does not match its name', async () => {
    await put(`keys/${id}`);
    await put(pack);
    await expect(put(pack)).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    server.objects.set(`/data/${id}`, Buffer.from('damaged'));
    await put(pack);
    expect(server.objects.get(`/data/${id}`)?.equals(content)).toBe(true);
    await put('config');
    await expect(put('config', Buffer.from('another'))).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
  });

  it('is not believed when it takes an object and loses it', async () => {
    await put(`keys/${id}`);
    server.forget(true);
    await expect(put(pack)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringMatching(
        /^cannot write "data.*: the server took the object and does not have it$/,
      ) as string,
      // It is not sent again for as long as a server that is silent.
      context: { kept: false },
    });
    server.forget(false);
    await put(pack);
  });

  it('is asked again whether it has what it took, and not sent all of it again', async () => {
    await put(`keys/${id}`);
    await using weather = await startWeather(Number(new URL(server.url).port));
    const retry = { firstDelayMs: 5, longestDelayMs: 5 };
    const log = { debug: () => undefined, info: () => undefined, warn: () => undefined };
    await using steady = wrapDestination(await open(server.url.replace(/:\d+/, `:${weather.port}`)), {
      log,
      clock: systemClock,
      random: seededRandom(7),
      retry,
    });
    const before = weather.requests.length;
    let failures = 0;
    weather.setForecast(({ method }) =>
      method === 'HEAD' && (failures += 1) < 4 ? { answer: { status: 503 } } : undefined,
    );
    await put(pack, content, steady);
    expect(weather.requests.slice(before).map(({ method }) => method)).toEqual([
      'POST',
      'HEAD',
      'HEAD',
      'HEAD',
      'HEAD',
    ]);
  });

  it('is asked for each size where its protocol is the first one', async () => {
    await using old = await startProper({ version: 1 });
    await using connection = await open(old.url);
    await put(`keys/${id}`, content, connection);
    expect(await list('keys/', connection)).toEqual([`keys/${id} ${content.byteLength}`]);
  });

  it('lets nothing be deleted when it is append-only', async () => {
    await using kept = await startProper({ appendOnly: true });
    await using connection = await open(kept.url);
    await put(`keys/${id}`, content, connection);
    await expect(connection.delete(`keys/${id}`, { signal })).rejects.toMatchObject({
      code: 'AUTH',
      hint: expect.stringContaining('appendOnly: true') as string,
    });
    await using told = await open(kept.url, { appendOnly: true });
    expect(told.capabilities.canDelete).toBe(false);
    await expect(told.delete(`keys/${id}`, { signal })).rejects.toMatchObject({ code: 'READ_ONLY' });
  });
});

describe('an answer that is none', () => {
  it('is never taken for a shorter listing', async () => {
    await put('config');
    await put(pack);
    for (const text of ['[{"name":"x","size":1},{"na', '', '{}', '<html></html>', '[{"name":"x"}]', '[1]']) {
      server.listAs(text);
      await expect(list('data/')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    }
    server.listAs(undefined);
    server.failWith(404);
    expect(await list('data/')).toEqual([]);
    server.failWith(undefined);
    expect(await list('data/')).toHaveLength(1);
  });

  it('becomes the error that it means', async () => {
    const meanings = [
      [401, 'AUTH'],
      [403, 'AUTH'],
      [429, 'RATE_LIMITED'],
      [500, 'UNAVAILABLE'],
      [502, 'UNAVAILABLE'],
      [507, 'QUOTA_EXCEEDED'],
      [301, 'CONFIG_INVALID'],
      [413, 'UNSUPPORTED'],
    ] as const;
    for (const [status, code] of meanings) {
      server.failWith(status, { 'retry-after': '3' });
      const error: unknown = await put(pack).catch((reason: unknown) => reason);
      expect(error).toMatchObject({
        code,
        retryAfterMs: 3000,
        message: expect.stringMatching(/^cannot write "data.*: /) as string,
      });
    }
  });
});
