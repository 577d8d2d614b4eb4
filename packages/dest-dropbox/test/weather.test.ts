import { inspect } from 'node:util';
import {
  bodyOf,
  type Clock,
  collect,
  type Destination,
  type Log,
  systemClock,
  wrapDestination,
} from '@triplicate/core';
import { seededBytes, seededRandom } from '@triplicate/core/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type DropboxServer, startDropbox } from '../../../test/servers/dropbox/server.ts';
import { type OAuthServer, startOAuthServer } from '../../../test/servers/oauth.ts';
import { everyFifth, startWeather, type WeatherStation } from '../../../test/servers/weather.ts';
import { clientId, grantsOf, hastyClock, logged, openWith, signal, tokens } from './kit.ts';

let oauth: OAuthServer;
let server: DropboxServer;
let weather: WeatherStation;
beforeAll(async () => {
  oauth = await startOAuthServer({ clientId });
  server = await startDropbox({ oauth, mostEntries: 10, quotaBytes: 40_000_000 });
  weather = await startWeather(server.port);
});
afterEach(() => {
  weather.setForecast(() => undefined);
  Object.assign(server.now, { listLagMs: 0, mostWrites: 16 });
});
afterAll(async () => {
  for (const one of [weather, server, oauth]) await one?.[Symbol.asyncDispose]();
});

const open = (more: Record<string, unknown> = {}, clock?: Clock): Promise<Destination> =>
  openWith(
    { endpoint: `http://127.0.0.1:${weather.port}`, folder: 'Weather', partSize: '4MiB', listLag: '0s', ...more },
    grantsOf(oauth.issueRefreshToken()),
    clock,
  );
const quiet: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined };
const wrap = (destination: Destination): Destination =>
  wrapDestination(destination, {
    log: quiet,
    clock: systemClock,
    random: seededRandom(7),
    retry: { firstDelayMs: 20, longestDelayMs: 200 },
  });
const busy = (reason: string) => ({
  status: 429,
  headers: { 'retry-after': '0', 'content-type': 'application/json' },
  body: JSON.stringify({ error_summary: `${reason}/..`, error: { reason: { '.tag': reason }, retry_after: 0 } }),
});
const one = Buffer.from('one');
const openAndClose = async (): Promise<void> => {
  const destination = await open();
  await destination[Symbol.asyncDispose]();
};

describe('Dropbox on a bad day', () => {
  it('keeps a hundred objects right through a storm of every call, while tokens end and writes are in one another’s way', async () => {
    const answers = [busy('too_many_requests'), { status: 503 }, busy('too_many_write_operations'), { status: 500 }];
    weather.setForecast(everyFifth(answers));
    server.now.mostWrites = 2;
    await using destination = wrap(await open());
    const random = seededRandom(11);
    const contents = new Map(Array.from({ length: 100 }, (_, i) => [`index/${i}`, seededBytes(random, 1 + i * 11)]));
    const before = weather.requests.length;
    await Promise.all([...contents].map(([key, content]) => destination.put(key, bodyOf(content), { signal })));
    oauth.expireAccess();
    const listed = await Array.fromAsync(destination.list('index/', { signal }));
    expect(listed.map(({ key }) => key).toSorted()).toEqual([...contents.keys()].toSorted());
    for (const [key, content] of contents) {
      if (key.endsWith('7')) oauth.expireAccess();
      expect((await collect(destination.get(key, { signal }))).equals(content)).toBe(true);
    }
    await Promise.all([...contents.keys()].map((key) => destination.delete(key, { signal })));
    expect(await Array.fromAsync(destination.list('index/', { signal }))).toEqual([]);
    expect(weather.hits()).toBeGreaterThan(50);
    expect(weather.requests.length - before).toBeLessThan(100 * 4 * 3);
  });

  it('waits as long as Dropbox says', async () => {
    await using destination = await open();
    weather.setForecast(() => ({ answer: { ...busy('too_many_write_operations'), headers: { 'retry-after': '7' } } }));
    const put = destination.put('locks/x', bodyOf(one), { signal });
    await expect(put).rejects.toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 7000 });
  });

  it('sees that a content was damaged on its way there, whole or in parts, and nothing of it stays', async () => {
    await using destination = await open();
    for (const size of [1000, 6_000_000]) {
      weather.setForecast(({ path }) =>
        /upload$|append/.test(path) ? { spoilRequest: size - 1 < 900_000 ? 900 : 900_000 } : undefined,
      );
      const put = destination.put('data/00/damaged', bodyOf(Buffer.alloc(size, 1)), { signal });
      await expect(put).rejects.toMatchObject({ code: 'UNAVAILABLE', message: expect.stringContaining('damaged') });
      expect(await destination.stat('data/00/damaged', { signal })).toBeUndefined();
    }
  });

  it('sees that a content was damaged on its way back, and where it was cut off', async () => {
    await using destination = await open();
    const content = Buffer.alloc(100_000, 2);
    await destination.put('data/00/sound', bodyOf(content), { signal });
    weather.setForecast(({ path }) => (path.endsWith('download') ? { spoil: 50_000 } : undefined));
    await expect(collect(destination.get('data/00/sound', { signal }))).rejects.toMatchObject({ code: 'CORRUPT' });
    weather.setForecast(({ path, number }) =>
      path.endsWith('download') && number % 2 === 0 ? { cutAfter: 30_000 } : undefined,
    );
    await using patient = wrap(await open());
    for (let i = 0; i < 3; i += 1) {
      expect((await collect(patient.get('data/00/sound', { signal }))).equals(content)).toBe(true);
    }
  });

  it('never takes a part of a listing for the whole', async () => {
    await using destination = await open({}, hastyClock);
    const keys = Array.from({ length: 35 }, (_, i) => `snapshots/${String(i).padStart(2, '0')}`);
    for (const key of keys) await destination.put(key, bodyOf(one), { signal });
    const list = (from: Destination) => Array.fromAsync(from.list('snapshots/', { signal }), ({ key }) => key);
    for (const bad of [{ answer: { status: 500 } }, { cutAfter: 200 }, { answer: { status: 200, body: '<html>' } }]) {
      let asked = 0;
      const from = (first: number, last: number): void =>
        weather.setForecast(({ path }) => {
          if (path.endsWith('continue')) asked += 1;
          return path.endsWith('continue') && asked >= first && asked <= last ? bad : undefined;
        });
      // One page that fails once is asked for again.
      from(2, 3);
      expect((await list(destination)).toSorted()).toEqual(keys);
      asked = 0;
      from(2, Infinity);
      await expect(list(destination)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      expect(asked).toBeLessThan(10);
    }
    let pages = 0;
    weather.setForecast(({ path }) => {
      // What Dropbox tells of by `reset`: the cursor is worth nothing any more.
      if (path.endsWith('continue') && (pages += 1) === 2) server.listings.reset();
      return undefined;
    });
    await expect(list(destination)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    pages = 0;
    await using patient = wrap(await open());
    expect((await list(patient)).toSorted()).toEqual(keys);
  });

  it('names each object once, though some are written anew while it lists', async () => {
    await using destination = await open();
    for (let i = 0; i < 25; i += 1) await destination.put(`keys/${i}`, bodyOf(one), { signal });
    const seen: string[] = [];
    for await (const { key } of destination.list('keys/', { signal })) {
      if (seen.push(key) === 3) await destination.put(key, bodyOf(Buffer.from('two')), { signal });
    }
    expect(seen.toSorted()).toEqual(Array.from({ length: 25 }, (_, i) => `keys/${i}`).toSorted());
  });

  it('begins an upload anew when its session is gone or out of step', async () => {
    const content = seededBytes(seededRandom(2), 10_000_000);
    await using destination = wrap(await open());
    let appends = 0;
    weather.setForecast(({ path }) => {
      if (!path.endsWith('append_v2')) return undefined;
      appends += 1;
      if (appends === 2) server.uploads.expire();
      // It arrived, and only the answer got lost.
      return appends === 4 ? { answer: { status: 502 }, afterEffect: true } : undefined;
    });
    await destination.put('data/00/large', bodyOf(content), { signal });
    expect((await collect(destination.get('data/00/large', { signal }))).equals(content)).toBe(true);
    expect(appends).toBeGreaterThan(6);
  });

  it('says that the Dropbox is full, keeps all that is there, and tells the room', async () => {
    await using destination = await open();
    await destination.put('data/00/before', bodyOf(one), { signal });
    const { freeBytes = 0, totalBytes } = (await destination.space?.({ signal })) ?? {};
    expect(totalBytes).toBe(40_000_000);
    const put = destination.put('data/00/too-much', bodyOf(Buffer.alloc(freeBytes + 1)), { signal });
    await expect(put).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
    expect((await collect(destination.get('data/00/before', { signal }))).equals(one)).toBe(true);
    server.now.scopes = [];
    expect(await destination.space?.({ signal })).toBeUndefined();
  });

  it('deletes no folder, and keeps names that Dropbox does not take', async () => {
    await using destination = await open();
    for (const key of ['a/desktop.ini', 'a/.ds_store', 'a/b/thumbs.db']) {
      await destination.put(key, bodyOf(Buffer.from(key)), { signal });
    }
    await destination.delete('a', { signal });
    await destination.delete('a/b', { signal });
    const listed = await Array.fromAsync(destination.list('a/', { signal }), ({ key }) => key);
    expect(listed.toSorted()).toEqual(['a/.ds_store', 'a/b/thumbs.db', 'a/desktop.ini']);
    expect((await collect(destination.get('a/desktop.ini', { signal }))).toString()).toBe('a/desktop.ini');
  });

  it('opens although Dropbox is busy, and the first call asks again', async () => {
    let first = true;
    weather.setForecast(({ path }) => {
      const answer = first && path.endsWith('list_folder') ? { answer: busy('too_many_requests') } : undefined;
      if (answer !== undefined) first = false;
      return answer;
    });
    await using destination = await open();
    expect(first).toBe(false);
    await destination.put('locks/y', bodyOf(one), { signal });
  });

  it('tells nobody a token or an address that lets in whoever has it, however it fails', async () => {
    await using destination = await open();
    await destination.put('data/00/known', bodyOf(one), { signal });
    const failures: unknown[] = [];
    const bad = [400, 401, 403, 404, 409, 429, 500, 507].map((status) => ({
      answer: { status, body: '{"error":{}}' },
    }));
    for (const forecast of [...bad, { cutAfter: 0 }, { answer: { status: 200, body: '<html>' } }]) {
      weather.setForecast(({ path }) => (path.includes('token') ? undefined : forecast));
      const calls = [
        destination.put('data/00/x', bodyOf(Buffer.alloc(5_000_000)), { signal }),
        collect(destination.get('data/00/known', { signal })),
        destination.stat('data/00/known', { signal }),
        destination.delete('data/00/known', { signal }),
        openAndClose(),
      ];
      for (const outcome of await Promise.allSettled(calls)) failures.push(outcome);
    }
    expect(tokens.size).toBeGreaterThan(2);
    const said = [inspect(failures, { depth: 12, showHidden: true }), ...logged, destination.label].join('\n');
    expect([...tokens, 'tempauth', '/upload/', 'Bearer '].filter((secret) => said.includes(secret))).toEqual([]);
  });
});
