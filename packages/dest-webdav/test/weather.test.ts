import { hash } from 'node:crypto';
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  bodyOf,
  type Clock,
  collect,
  type Destination,
  type Log,
  systemClock,
  wrapDestination,
} from '@triplicate/core';
import { destinationChecks, runChecks } from '@triplicate/conformance';
import { seededBytes, seededRandom, temporaryFolder, type TemporaryFolder } from '@triplicate/core/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { noNginx, startNginx, type WebServer } from '../../../test/servers/nginx.ts';
import { everyFifth, startWeather, type WeatherStation } from '../../../test/servers/weather.ts';
import { webUser } from '../../../test/servers/web-user.ts';
import { hastyClock, openWith, signal } from './kit.ts';

let folder: TemporaryFolder;
let server: WebServer;
let weather: WeatherStation;
beforeAll(async () => {
  folder = await temporaryFolder();
  mkdirSync(at('served/backup'), { recursive: true });
  if (noNginx !== undefined) return;
  server = await startNginx(at('served'));
  weather = await startWeather(server.port);
});
afterEach(() => weather?.setForecast(() => undefined));
afterAll(async () => {
  for (const one of [weather, server, folder]) await one?.[Symbol.asyncDispose]();
});

const at = (name: string): string => join(folder.path, name);
const open = (clock?: Clock): Promise<Destination> => {
  const { password, username } = webUser;
  const raw = { url: `http://127.0.0.1:${weather.port}/backup/`, username, password: { env: 'SECRET' } };
  return openWith(raw, { folder: folder.path, secret: password, ...(clock === undefined ? {} : { clock }) });
};
const quiet: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined };

describe.skipIf(noNginx !== undefined)(
  `a WebDAV server on a bad day${noNginx === undefined ? '' : `: ${noNginx}`}`,
  () => {
    it('keeps a hundred objects right through a storm of every verb, in a bounded number of requests', async () => {
      const refusals = [503, 500, 429, 502].map((status) => ({
        status,
        headers: { 'retry-after': '0' },
        body: 'bad weather',
      }));
      weather.setForecast(everyFifth(refusals));
      const retry = { firstDelayMs: 20, longestDelayMs: 500 };
      await using destination = wrapDestination(await open(), {
        log: quiet,
        clock: systemClock,
        random: seededRandom(7),
        retry,
      });
      const random = seededRandom(11);
      const contents = new Map(Array.from({ length: 100 }, (_, i) => [`index/${i}`, seededBytes(random, 1 + i * 11)]));
      const before = weather.requests.length;
      await Promise.all([...contents].map(([key, content]) => destination.put(key, bodyOf(content), { signal })));
      const listed = await Array.fromAsync(destination.list('index/', { signal }));
      expect(listed.map(({ key }) => key).toSorted()).toEqual([...contents.keys()].toSorted());
      for (const [key, content] of contents)
        expect((await collect(destination.get(key, { signal }))).equals(content)).toBe(true);
      await Promise.all([...contents.keys()].map((key) => destination.delete(key, { signal })));
      expect(await Array.fromAsync(destination.list('index/', { signal }))).toEqual([]);
      expect(weather.requests.length - before).toBeLessThan(100 * 5 * 3);
    });

    it.each([
      ['PROPFIND', false, 1],
      ['MOVE', false, 1],
      ['MOVE', true, 1],
      ['PUT', false, 3],
    ])(
      'goes on where it was when %s fails (done all the same: %s), and leaves nothing',
      async (verb, afterEffect, puts) => {
        const content = Buffer.from(`content of ${verb} ${afterEffect}`);
        const key = `data/00/${hash('sha256', content)}`;
        const retry = { firstDelayMs: 5, longestDelayMs: 5 };
        const options = { log: quiet, clock: systemClock, random: seededRandom(7), retry };
        const uploads = at('served/backup/~triplicate-uploads');
        // The storm before may have refused to take something away.
        const there = readdirSync(uploads);
        {
          await using destination = wrapDestination(await open(), options);
          await destination.put(`locks/${hash('sha256', content)}`, bodyOf(content), { signal });
          const before = weather.requests.length;
          let failures = 0;
          weather.setForecast(({ method, path }) =>
            method === verb && (path.includes('uploads') || path.includes(key)) && (failures += 1) < 3
              ? { answer: { status: 503 }, afterEffect }
              : undefined,
          );
          await destination.put(key, bodyOf(content), { signal });
          const sent = weather.requests.slice(before).filter(({ method }) => method === 'PUT');
          expect(sent.length).toBe(puts);
          expect((await collect(destination.get(key, { signal }))).equals(content)).toBe(true);
          await expect.poll(() => readdirSync(uploads)).toEqual(there);
          // What nobody goes on with is taken away in the end.
          const stop = new AbortController();
          let moves = 0;
          weather.setForecast(({ method }) => {
            if (method === 'MOVE' && (moves += 1) === 3) stop.abort();
            return method === 'MOVE' ? { answer: { status: 503 } } : undefined;
          });
          await expect(
            destination.put('data/00/never', bodyOf(content), { signal: stop.signal }),
          ).rejects.toMatchObject({ code: 'ABORTED' });
        }
        expect(readdirSync(uploads)).toEqual(there);
      },
    );

    it('replaces an object that came to harm there, and no sound one', async () => {
      await using destination = await open();
      const content = Buffer.from('the content of a pack');
      const id = hash('sha256', content);
      const key = `data/${id.slice(0, 2)}/${id}`;
      await destination.put(key, bodyOf(content), { signal });
      await expect(destination.put(key, bodyOf(content), { signal })).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
      writeFileSync(at(`served/backup/${key}`), 'damaged');
      await destination.put(key, bodyOf(content), { signal });
      expect((await collect(destination.get(key, { signal }))).equals(content)).toBe(true);
    });

    it('reads parts of objects where what stands between gives whole objects alone', async () => {
      weather.setForecast(() => ({ without: 'range' }));
      const checks = destinationChecks.filter(({ name }) => name.includes('range'));
      const failures: unknown[] = [];
      const report = await runChecks(checks, open, {
        signal,
        onResult: (result) => result.status === 'failed' && failures.push(result.error),
      });
      expect(failures).toEqual([]);
      expect(report.passed).toBeGreaterThan(1);
      expect(weather.requests.some(({ headers }) => headers.range !== undefined)).toBe(true);
    });

    it('breaks a listing off when one of its folders cannot be read, or was cut short', async () => {
      await using destination = await open(hastyClock);
      for (const name of ['aa', 'bb', 'cc'])
        await destination.put(`data/${name}/x`, bodyOf(Buffer.from('x')), { signal });
      for (const bad of [{ answer: { status: 500 } }, { answer: { status: 404 } }, { cutAfter: 200 }]) {
        weather.setForecast(({ method, path }) => (method === 'PROPFIND' && path.endsWith('/bb/') ? bad : undefined));
        await expect(Array.fromAsync(destination.list('data/', { signal }))).rejects.toMatchObject({
          code: 'UNAVAILABLE',
        });
      }
      let failures = 0;
      weather.setForecast(({ method }) =>
        method === 'PROPFIND' && (failures += 1) % 2 === 1 ? { answer: { status: 503 } } : undefined,
      );
      const listed = await Array.fromAsync(destination.list('data/', { signal }));
      expect(listed.map(({ key }) => key)).toEqual(expect.arrayContaining(['data/aa/x', 'data/bb/x', 'data/cc/x']));
    });

    it('clears away what a killed run left half-written, but not before a day is over', async () => {
      const uploads = at('served/backup/~triplicate-uploads');
      const [old, young] = ['a'.repeat(24), 'b'.repeat(24)];
      for (const name of [old, young]) writeFileSync(join(uploads, name), 'half');
      utimesSync(join(uploads, old), Date.now() / 1000 - 90_000, Date.now() / 1000 - 90_000);
      await using destination = await open();
      await destination.put('locks/x', bodyOf(Buffer.from('x')), { signal });
      await expect.poll(() => readdirSync(uploads)).not.toContain(old);
      expect(readdirSync(uploads)).toContain(young);
    });

    it('says how to mend it where the server takes no object of this size', async () => {
      await using destination = await open();
      weather.setForecast(({ method }) => (method === 'PUT' ? { answer: { status: 413 } } : undefined));
      const put = destination.put('data/large', bodyOf(Buffer.from('x')), { signal });
      const hint = expect.stringContaining('client_max_body_size') as string;
      await expect(put).rejects.toMatchObject({ code: 'UNSUPPORTED', hint });
    });

    it('is CONFIG_INVALID when it is no WebDAV server, or sends us elsewhere', async () => {
      for (const status of [405, 301, 200]) {
        weather.setForecast(() => ({ answer: { status, headers: { location: '/other/' } } }));
        await expect(open()).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
      }
    });
  },
);
