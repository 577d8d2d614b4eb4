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
import { type OAuthServer, startOAuthServer } from '../../../test/servers/oauth.ts';
import { type OnedriveServer, startOnedrive } from '../../../test/servers/onedrive/server.ts';
import {
  everyFifth,
  type SeenRequest,
  startWeather,
  type Weather,
  type WeatherStation,
} from '../../../test/servers/weather.ts';
import { addresses, clientId, grantsOf, hastyClock, logged, openWith, signal, tokens } from './kit.ts';

let oauth: OAuthServer;
let server: OnedriveServer;
let weather: WeatherStation;
const usual = { appFolderOnly: false, mostEntries: 10, listLagMs: 0, mostKept: Infinity };
beforeAll(async () => {
  // As Microsoft does: a refresh token is good for once.
  oauth = await startOAuthServer({ clientId, rotate: true });
  server = await startOnedrive({ oauth, quotaBytes: 60_000_000 });
  weather = await startWeather(server.port);
  Object.assign(server.now, usual);
});
afterEach(() => {
  weather.setForecast(() => undefined);
  Object.assign(server.now, usual);
});
afterAll(async () => {
  for (const one of [weather, server, oauth]) await one?.[Symbol.asyncDispose]();
});

const open = (more: Record<string, unknown> = {}, clock?: Clock): Promise<Destination> => {
  const raw = {
    ...addresses(`http://127.0.0.1:${weather.port}`),
    folder: 'Weather',
    partSize: '1600KiB',
    listLag: '0s',
  };
  return openWith({ ...raw, ...more }, grantsOf(oauth.issueRefreshToken()), clock);
};
const quiet: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined };
const wrap = (destination: Destination): Destination =>
  wrapDestination(destination, {
    log: quiet,
    clock: systemClock,
    random: seededRandom(7),
    retry: { firstDelayMs: 20, longestDelayMs: 200 },
  });
const busy = (status: number, code: string) => ({
  status,
  headers: { 'retry-after': '0', 'content-type': 'application/json' },
  body: JSON.stringify({ error: { code, message: 'busy' } }),
});
const one = Buffer.from('one');
const openAndClose = async (): Promise<void> => {
  const destination = await open();
  await destination[Symbol.asyncDispose]();
};
const isPart = ({ method, path }: SeenRequest): boolean => method === 'PUT' && path.startsWith('/upload/');
const isPage = ({ path }: SeenRequest): boolean => path.includes('/children?');

describe('OneDrive on a bad day', () => {
  it('keeps a hundred objects right through a storm of every call, while tokens end', async () => {
    const answers = [
      busy(429, 'activityLimitReached'),
      busy(503, 'serviceNotAvailable'),
      busy(509, 'x'),
      { status: 500 },
    ];
    weather.setForecast(everyFifth(answers));
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
    expect(weather.hits()).toBeGreaterThan(80);
    expect(weather.requests.length - before).toBeLessThan(100 * 5 * 3);
  });

  it('waits as long as OneDrive says', async () => {
    await using destination = await open();
    weather.setForecast(() => ({ answer: { ...busy(503, 'serviceNotAvailable'), headers: { 'retry-after': '7' } } }));
    const put = destination.put('locks/x', bodyOf(one), { signal });
    await expect(put).rejects.toMatchObject({ code: 'UNAVAILABLE', retryAfterMs: 7000 });
  });

  it('goes on with an upload where it was: after a cut, a lost answer, and a part of which less was taken', async () => {
    const content = seededBytes(seededRandom(2), 10_000_000);
    await using destination = wrap(await open());
    let parts = 0;
    let bytes = 0;
    server.now.mostKept = 4 * 320 * 1024;
    weather.setForecast((request) => {
      if (!isPart(request)) return undefined;
      parts += 1;
      bytes += Number(request.headers['content-length']);
      if (parts === 3) return { answer: { status: 502 } };
      // It arrived, and only the answer got lost: what is sent again is met with 416.
      return parts === 5 ? { answer: { status: 504 }, afterEffect: true } : undefined;
    });
    await destination.put('data/00/large', bodyOf(content), { signal });
    expect((await collect(destination.get('data/00/large', { signal }))).equals(content)).toBe(true);
    // From the beginning it would have been more than twice as much.
    expect(bytes).toBeLessThan(15_000_000);
    expect(server.sessions.open).toBe(0);
  });

  it('begins anew when a session is gone, and leaves none behind when it gives up', async () => {
    const content = seededBytes(seededRandom(4), 6_000_000);
    await using destination = wrap(await open());
    let parts = 0;
    weather.setForecast((request) => {
      if (isPart(request) && (parts += 1) === 2) server.sessions.expire();
      return undefined;
    });
    await destination.put('data/00/again', bodyOf(content), { signal });
    expect((await collect(destination.get('data/00/again', { signal }))).equals(content)).toBe(true);
    const broken = { size: 6_000_000, open: () => bodyOf(content.subarray(0, 5_000_000)).open() };
    await expect(destination.put('data/00/broken', broken, { signal })).rejects.toMatchObject({ code: 'CORRUPT' });
    expect(server.sessions.open).toBe(0);
    expect(await destination.stat('data/00/broken', { signal })).toBeUndefined();
  });

  it('takes no other content for the rest of an upload that broke off', async () => {
    await using destination = await open();
    const [first, second] = [seededBytes(seededRandom(8), 6_000_000), seededBytes(seededRandom(9), 6_000_000)];
    let parts = 0;
    weather.setForecast((request) => (isPart(request) && (parts += 1) === 2 ? { answer: { status: 500 } } : undefined));
    const put = (content: Buffer) => destination.put('data/00/same', bodyOf(content), { signal });
    await expect(put(first)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(put(second)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('damaged'),
    });
    await put(second);
    expect((await collect(destination.get('data/00/same', { signal }))).equals(second)).toBe(true);
  });

  it('sees that a content was damaged on its way there, at once or in parts, and nothing of it stays', async () => {
    await using destination = await open();
    for (const size of [1000, 6_000_000]) {
      let parts = 0;
      // Once: two such faults that lie a multiple of 160 bytes apart are the same to this hash as none.
      weather.setForecast(({ method }) => (method === 'PUT' && (parts += 1) === 1 ? { spoilRequest: 900 } : undefined));
      const put = destination.put('data/00/damaged', bodyOf(Buffer.alloc(size, 1)), { signal });
      await expect(put).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        message: expect.stringContaining('damaged'),
        context: { kept: false },
      });
      expect(await destination.stat('data/00/damaged', { signal })).toBeUndefined();
    }
  });

  it('sees that a content was damaged on its way back, and goes on where it was cut off', async () => {
    await using destination = await open();
    const content = Buffer.alloc(100_000, 2);
    await destination.put('data/00/sound', bodyOf(content), { signal });
    weather.setForecast(({ path }) => (path.startsWith('/download') ? { spoil: 50_000 } : undefined));
    await expect(collect(destination.get('data/00/sound', { signal }))).rejects.toMatchObject({ code: 'CORRUPT' });
    let reads = 0;
    weather.setForecast(({ path }) =>
      path.startsWith('/download') && (reads += 1) % 2 === 1 ? { cutAfter: 30_000 } : undefined,
    );
    await using patient = wrap(await open());
    expect((await collect(patient.get('data/00/sound', { signal }))).equals(content)).toBe(true);
    // The address to read from ends after a while.
    weather.setForecast(({ path }) => (path.startsWith('/download') ? { answer: { status: 401 } } : undefined));
    await expect(collect(destination.get('data/00/sound', { signal }))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('gives an object that was replaced between the look and the read as it is now', async () => {
    await using destination = await open();
    const [before, after] = [Buffer.alloc(100_000, 3), Buffer.alloc(70_000, 4)];
    await destination.put('data/00/replaced', bodyOf(before), { signal });
    const { tree } = server;
    weather.setForecast(({ path }) => {
      const id = /^\/download\/([^?]+)/.exec(path)?.[1];
      const item = id === undefined ? undefined : tree.byId(decodeURIComponent(id));
      if (item?.parent !== undefined) tree.write(tree.byId(item.parent), item.name, after, 'replace');
      return undefined;
    });
    expect((await collect(destination.get('data/00/replaced', { signal }))).equals(after)).toBe(true);
  });

  it('never takes a part of a listing for the whole', async () => {
    await using destination = await open({}, hastyClock);
    const keys = Array.from({ length: 35 }, (_, i) => `snapshots/${String(i).padStart(2, '0')}`);
    for (const key of keys) await destination.put(key, bodyOf(one), { signal });
    const list = () => Array.fromAsync(destination.list('snapshots/', { signal }), ({ key }) => key);
    let asked = 0;
    const spoil = (bad: Weather, first: number, last: number): void => {
      asked = 0;
      weather.setForecast((request) => {
        if (isPage(request)) asked += 1;
        return isPage(request) && asked >= first && asked <= last ? bad : undefined;
      });
    };
    for (const bad of [{ answer: { status: 500 } }, { cutAfter: 200 }, { answer: { status: 200, body: '<html>' } }]) {
      // One page that fails once is asked for again.
      spoil(bad, 3, 4);
      expect((await list()).toSorted()).toEqual(keys);
      spoil(bad, 3, Infinity);
      await expect(list()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
      expect(asked).toBeLessThan(10);
    }
    // The folder is deleted while it is listed.
    spoil({ answer: { status: 404 } }, 3, Infinity);
    await expect(list()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('sends its token to nobody else, whatever a page says', async () => {
    await using destination = await open({}, hastyClock);
    const elsewhere = { value: [], '@odata.nextLink': 'http://127.0.0.1:1/v1.0/me/drive/root/children?$skiptoken=x' };
    weather.setForecast((request) =>
      isPage(request) ? { answer: { status: 200, body: JSON.stringify(elsewhere) } } : undefined,
    );
    const list = Array.fromAsync(destination.list('', { signal }));
    await expect(list).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('another server'),
    });
  });

  it('says that the OneDrive is full, keeps all that is there, and tells the room if it is told', async () => {
    await using destination = await open();
    await destination.put('data/00/before', bodyOf(one), { signal });
    const { freeBytes = 0, totalBytes } = (await destination.space?.({ signal })) ?? {};
    expect(totalBytes).toBe(60_000_000);
    const put = destination.put('data/00/too-much', bodyOf(Buffer.alloc(freeBytes + 1)), { signal });
    await expect(put).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' });
    expect((await collect(destination.get('data/00/before', { signal }))).equals(one)).toBe(true);
    server.now.appFolderOnly = true;
    expect(await destination.space?.({ signal })).toBeUndefined();
    await expect(open({ access: 'drive' })).rejects.toMatchObject({ code: 'AUTH' });
  });

  it('deletes no folder, and keeps names that OneDrive does not take', async () => {
    await using destination = await open();
    const keys = ['con', 'desktop.ini', '.lock', 'nul', 'ends.', 'x_vti_y', 'com1', 'a/forms'].map((key) => `n/${key}`);
    for (const key of keys) await destination.put(key, bodyOf(Buffer.from(key)), { signal });
    await destination.delete('n', { signal });
    await destination.delete('n/a', { signal });
    const listed = await Array.fromAsync(destination.list('n/', { signal }), ({ key }) => key);
    expect(listed.toSorted()).toEqual(keys.toSorted());
    expect((await collect(destination.get('n/ends.', { signal }))).toString()).toBe('n/ends.');
  });

  it('opens although OneDrive is busy, and the first call asks again', async () => {
    let first = true;
    weather.setForecast(({ path }) => {
      const answer = first && path.includes('approot') ? { answer: busy(429, 'tooManyRequests') } : undefined;
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
