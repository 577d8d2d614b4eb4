import { bodyOf, collect, type Destination, systemClock, wrapDestination } from '@triplicate/core';
import { seededBytes, seededRandom } from '@triplicate/core/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startProxy } from '../../../test/servers/proxy.ts';
import { everyFifth, startWeather, type WeatherStation } from '../../../test/servers/weather.ts';
import { type Google, hurried, openAt, quiet, refusal, signal, startGoogle } from './kit.ts';

let google: Google;
let station: WeatherStation;
beforeEach(async () => {
  google = await startGoogle({ mostOnPage: 30 });
  station = await startWeather(google.drive.port);
});
afterEach(async () => {
  await station[Symbol.asyncDispose]();
  await google[Symbol.asyncDispose]();
});

const open = (port = station.port): Promise<Destination> =>
  openAt(google, { chunkSize: '256KiB', listLag: '30s' }, { port });
const wrapped = async (port = station.port): Promise<Destination> => {
  const retry = { firstDelayMs: 20, longestDelayMs: 1000 };
  return wrapDestination(await open(port), { log: quiet, clock: systemClock, random: seededRandom(3), retry });
};

const storm = everyFifth([
  refusal(403, 'userRateLimitExceeded'),
  refusal(429, 'rateLimitExceeded', { 'retry-after': '0' }),
  refusal(500, 'backendError'),
  { status: 503, body: '<html>Service unavailable</html>' },
]);

describe('in bad weather', () => {
  it('keeps eighty objects right through a storm of every verb, in a bounded number of requests', async () => {
    const contents = new Map(
      Array.from({ length: 80 }, (_, i) => [`index/${i}`, seededBytes(seededRandom(i), 1 + i * 5000)]),
    );
    const work = async (destination: Destination): Promise<number> => {
      const before = station.requests.length;
      await Promise.all([...contents].map(([key, content]) => destination.put(key, bodyOf(content), { signal })));
      const listed = await Array.fromAsync(destination.list('index/', { signal }));
      expect(listed.map(({ key }) => key).toSorted()).toEqual([...contents.keys()].toSorted());
      const back = await Promise.all([...contents.keys()].map((key) => collect(destination.get(key, { signal }))));
      expect(back.every((content, i) => content.equals(contents.get(`index/${i}`) ?? Buffer.alloc(0)))).toBe(true);
      await Promise.all([...contents.keys()].map((key) => destination.delete(key, { signal })));
      expect(await Array.fromAsync(destination.list('', { signal }))).toEqual([]);
      return station.requests.length - before;
    };
    await using destination = await wrapped();
    const calm = await work(destination);
    station.setForecast(storm);
    const stormy = await work(destination);
    expect(station.hits()).toBeGreaterThan(100);
    expect(stormy).toBeLessThan(calm * 1.5);
  });

  it('sends each request once: only the wrappers make a call again', async () => {
    await using destination = await open();
    await destination.stat('busy', { signal });
    station.setForecast(() => ({ answer: refusal(403, 'rateLimitExceeded', { 'retry-after': '3' }) }));
    const before = station.requests.length;
    await expect(destination.stat('busy', { signal })).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      retryAfterMs: 3000,
    });
    expect(station.requests.length - before).toBe(1);
  });

  it('never gives a listing that broke off', async () => {
    await using destination = await openAt(google, { listLag: '30s' }, { port: station.port, clock: hurried });
    await Promise.all(
      Array.from({ length: 70 }, (_, i) => destination.put(`pages/${i}`, bodyOf(Buffer.from('x')), { signal })),
    );
    const page = (more: string): string => `{"files":[]${more}}`;
    const answers = [
      refusal(500, 'backendError'),
      { status: 200, body: '' },
      { status: 200, body: '<html>Welcome to the hotel</html>' },
      { status: 200, body: '{"files":[{"id":"1"' },
      { status: 200, body: '{}' },
      { status: 200, body: page(',"incompleteSearch":true') },
      { status: 200, body: page(',"nextPageToken":"again"') },
    ];
    for (const answer of answers) {
      let pages = 0;
      station.setForecast(({ path }) => {
        // The third page of the folder.
        if (!path.includes('pageToken')) return undefined;
        pages += 1;
        return pages >= 2 ? { answer: { headers: { 'content-type': 'application/json' }, ...answer } } : undefined;
      });
      const listing = Array.fromAsync(destination.list('pages/', { signal }));
      await expect(listing).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    }
    station.setForecast(() => undefined);
    expect(await Array.fromAsync(destination.list('pages/', { signal }))).toHaveLength(70);
  });

  it('does not look through the content of an upload that was refused, which stands the program still for seconds', async () => {
    await using destination = await open();
    await destination.stat('early', { signal });
    station.setForecast(({ path }) => (path.includes('upload') ? { answer: refusal(503, 'backendError') } : undefined));
    const looks = vi.spyOn(Uint8Array.prototype, 'forEach');
    const content = Buffer.alloc(600_000, 7);
    for (const size of [100_000, 600_000]) {
      const put = destination.put(`refused/${size}`, bodyOf(content.subarray(0, size)), { signal });
      await expect(put).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    }
    expect(looks).not.toHaveBeenCalled();
    looks.mockRestore();
  });

  it('reads on where a connection was cut', async () => {
    const content = seededBytes(seededRandom(1), 3_000_000);
    await using plain = await open();
    await plain.put('cut/object', bodyOf(content), { signal });
    await using proxy = await startProxy({ port: google.drive.port });
    await using destination = await wrapped(proxy.port);
    await destination.stat('cut/object', { signal });
    proxy.setPlan((n) => (n % 2 === 0 ? undefined : { cutDownAfter: 700_000 }));
    await using fresh = await wrapped(proxy.port);
    expect((await collect(fresh.get('cut/object', { signal }))).equals(content)).toBe(true);
  });

  it('takes content that ends too early for a cut connection, and not for an abort', async () => {
    await using destination = await open();
    await destination.put('early/object', bodyOf(Buffer.alloc(900_000)), { signal });
    station.setForecast(({ path }) => (path.includes('alt=media') ? { cutAfter: 100_000 } : undefined));
    await expect(collect(destination.get('early/object', { signal }))).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});

describe('a sign-in', () => {
  it('goes on when its token ends, with one new one for all calls', async () => {
    await using destination = await open();
    await destination.put('index/one', bodyOf(Buffer.from('x')), { signal });
    google.oauth.expireAccess();
    const before = google.oauth.requests.length;
    await Promise.all(
      Array.from({ length: 8 }, (_, i) => destination.put(`index/n${i}`, bodyOf(Buffer.alloc(600_000, i)), { signal })),
    );
    expect(google.oauth.requests.length - before).toBe(1);
    expect(await Array.fromAsync(destination.list('index/', { signal }))).toHaveLength(9);
  });

  it('that was taken back is said once, and nothing is tried again', async () => {
    const refreshToken = google.oauth.issueRefreshToken();
    await using destination = await openAt(google, {}, { port: station.port, refreshToken });
    await fetch(`${google.oauth.url}/revoke`, { method: 'POST', body: new URLSearchParams({ token: refreshToken }) });
    await expect(destination.stat('x', { signal })).rejects.toMatchObject({ code: 'AUTH', retryable: false });
  });

  it('is shown by no error', async () => {
    await using destination = await open();
    const refusals = [refusal(403, 'insufficientFilePermissions'), refusal(400, 'badRequest'), refusal(500, 'x')];
    for (const answer of refusals) {
      station.setForecast(() => ({ answer }));
      const error: unknown = await destination.stat('x', { signal }).catch((thrown: unknown) => thrown);
      const { inspect } = await import('node:util');
      expect(inspect(error, { depth: 12, showHidden: true })).not.toMatch(/access-|refresh-|Bearer/i);
    }
  });
});
