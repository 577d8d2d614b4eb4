import { bodyOf, collect, type Destination, systemClock, wrapDestination } from '@triplicate/core';
import { seededBytes, seededRandom } from '@triplicate/core/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { folderType } from '../../../test/servers/google-drive/store.ts';
import { type Forecast, startWeather, type WeatherStation } from '../../../test/servers/weather.ts';
import { type Google, openAt, quiet, refusal, signal, startGoogle } from './kit.ts';

let google: Google;
let station: WeatherStation;
beforeEach(async () => {
  google = await startGoogle();
  station = await startWeather(google.drive.port);
});
afterEach(async () => {
  await station[Symbol.asyncDispose]();
  await google[Symbol.asyncDispose]();
});

const content = seededBytes(seededRandom(5), 3_500_000);
const open = (raw: Record<string, unknown> = {}): Promise<Destination> =>
  openAt(google, { chunkSize: '1MiB', ...raw }, { port: station.port });
const wrapped = async (): Promise<Destination> =>
  wrapDestination(await open(), {
    log: quiet,
    clock: systemClock,
    random: seededRandom(3),
    retry: { firstDelayMs: 10 },
  });
const files = () =>
  [...google.drive.store.files.values()].filter((file) => file.content !== undefined && file.deleted === undefined);
const chunks = () => station.requests.filter(({ method, path }) => method === 'PUT' && path.includes('upload_id'));
const isSmall = (path: string): boolean => path.includes('uploadType=multipart');
/** What `weather` says of the requests that match, by their turn from 1 on. */
const forThose = (
  matches: (method: string, path: string) => boolean,
  weather: (turn: number) => ReturnType<Forecast>,
): Forecast => {
  let turn = 0;
  return ({ method, path }) => (matches(method, path) ? weather((turn += 1)) : undefined);
};
const isChunk = (method: string, path: string): boolean => method === 'PUT' && path.includes('upload_id');

describe('an upload', () => {
  it('goes in chunks, of which Google may keep less than it was sent', async () => {
    google.drive.uploads.options.keepOfChunk = 768 * 1024;
    await using destination = await open();
    await destination.put('data/ab/pack', bodyOf(content), { signal });
    expect(files().map((file) => file.content?.equals(content))).toEqual([true]);
    expect(chunks().length).toBeGreaterThan(4);
  });

  it('goes on where it was when a chunk did not arrive', async () => {
    station.setForecast(
      forThose(isChunk, (turn) => (turn === 3 ? { answer: refusal(503, 'backendError') } : undefined)),
    );
    await using destination = await wrapped();
    await destination.put('data/ab/pack', bodyOf(content), { signal });
    expect(files().map((file) => file.content?.equals(content))).toEqual([true]);
    const ranges = chunks().map(({ headers }) => headers['content-range']);
    expect(ranges).toEqual([
      'bytes 0-1048575/3500000',
      'bytes 1048576-2097151/3500000',
      'bytes 2097152-3145727/3500000',
      'bytes */3500000',
      'bytes 2097152-3145727/3500000',
      'bytes 3145728-3499999/3500000',
    ]);
  });

  it('begins anew when its session is over', async () => {
    station.setForecast(
      forThose(isChunk, (turn) => {
        if (turn === 3) google.drive.uploads.sessions.clear();
        return undefined;
      }),
    );
    await using destination = await wrapped();
    await destination.put('data/ab/pack', bodyOf(content), { signal });
    expect(files().map((file) => file.content?.equals(content))).toEqual([true]);
    expect(station.requests.filter(({ path }) => path.includes('uploadType=resumable&supports'))).toHaveLength(2);
  });

  it('makes one file, although the answer to its last request was lost', async () => {
    for (const [key, size, matches] of [
      ['index/small', 1000, (_: string, path: string) => isSmall(path)],
      ['data/ab/large', 1_500_000, isChunk],
    ] as const) {
      const bytes = content.subarray(0, size);
      const last = Math.ceil(size / 1024 ** 2);
      const lost = { answer: refusal(500, 'backendError'), afterEffect: true };
      station.setForecast(forThose(matches, (turn) => (turn === last ? lost : undefined)));
      await using destination = await wrapped();
      await destination.put(key, bodyOf(bytes), { ifAbsent: true, signal });
      const found = files().filter(({ name }) => key.endsWith(name));
      expect(found.map((file) => file.content?.equals(bytes))).toEqual([true]);
      expect((await collect(destination.get(key, { signal }))).equals(bytes)).toBe(true);
    }
  });

  it('makes each folder once, although the answers to all of it were lost', async () => {
    google.drive.options.lagMs = 60_000;
    let turn = 0;
    station.setForecast(({ method, path }) => {
      if (method !== 'POST' || path.includes('/upload/')) return undefined;
      turn += 1;
      return turn % 2 === 1 ? { answer: refusal(500, 'backendError'), afterEffect: true } : undefined;
    });
    await using destination = await wrapped();
    await destination.put('data/ab/pack', bodyOf(Buffer.from('x')), { signal });
    const folders = [...google.drive.store.files.values()].filter(({ mimeType }) => mimeType === folderType);
    expect(folders.map(({ name }) => name)).toEqual(['My Drive', 'Family', 'Backups', 'anna', 'data', 'ab']);
    expect(turn).toBe(8);
  });

  it('is not taken in by content that was damaged on its way there, and leaves nothing', async () => {
    station.setForecast(({ method, path }) =>
      isSmall(path) || isChunk(method, path) ? { spoilRequest: 900_000 } : undefined,
    );
    await using destination = await open();
    for (const size of [950_000, 2_500_000]) {
      const write = destination.put('bad/object', bodyOf(content.subarray(0, size)), { signal });
      await expect(write).rejects.toMatchObject({ code: 'UNAVAILABLE', message: expect.stringMatching(/damaged/) });
      expect(await destination.stat('bad/object', { signal })).toBeUndefined();
      expect(files()).toEqual([]);
    }
  });

  it('is not taken in by a yes that means nothing', async () => {
    station.setForecast(
      forThose(
        (_, path) => isSmall(path),
        (turn) => (turn === 1 ? { answer: { status: 200, body: '{"id":"x"}' } } : undefined),
      ),
    );
    await using destination = await open();
    const write = destination.put('lost/object', bodyOf(Buffer.from('x')), { signal });
    await expect(write).rejects.toMatchObject({ code: 'UNAVAILABLE', message: expect.stringMatching(/is not there/) });
    await destination.put('lost/object', bodyOf(Buffer.from('x')), { signal });
    expect(files()).toHaveLength(1);
  });

  it('leaves nothing when its source fails, and lets go of the session', async () => {
    await using destination = await open();
    const body = {
      size: 3_000_000,
      async *open() {
        yield Buffer.alloc(1_500_000);
        throw new Error('the phone fell asleep');
      },
    };
    await expect(destination.put('parts/object', body, { signal })).rejects.toMatchObject({ code: 'IO' });
    await expect.poll(() => google.drive.uploads.sessions.size).toBe(0);
    expect(files()).toEqual([]);
  });

  it('keeps what was there when the drive is full, and says so', async () => {
    await using destination = await open();
    await destination.put('index/one', bodyOf(Buffer.alloc(100_000)), { signal });
    google.drive.options.limitBytes = 1_000_000;
    expect(await destination.space?.({ signal })).toEqual({ freeBytes: 900_000, totalBytes: 1_000_000 });
    for (const size of [950_000, 2_000_000]) {
      const write = destination.put('index/more', bodyOf(Buffer.alloc(size)), { signal });
      await expect(write).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED', hint: expect.stringContaining('Make room') });
    }
    expect(files()).toHaveLength(1);
    delete google.drive.options.limitBytes;
    expect(await destination.space?.({ signal })).toBeUndefined();
  });
});
