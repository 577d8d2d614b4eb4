import { bodyOf, collect, type Pipeline, toBackupError } from '@triplicate/core';
import { seededBytes, seededRandom, temporaryFolder, type TemporaryFolder } from '@triplicate/core/testing';
import s3 from '@triplicate/dest-s3';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { cloudDestination, mixedPipeline } from '../kit/cloud-pipeline.ts';
import { init, restoreFolder, run, statuses } from '../kit/commands.ts';
import { noRestic, restic, restics } from '../kit/restic.ts';
import { differences } from '../kit/same-tree.ts';
import { writeSampleTree } from '../kit/sample-tree.ts';
import { startProxy } from '../servers/proxy.ts';
import { noRadosgw, type S3Server, startRadosgw } from '../servers/radosgw.ts';
import { everyFifth, type Forecast, startWeather, type WeatherStation } from '../servers/weather.ts';

let server: S3Server;
let weather: WeatherStation;
let folder: TemporaryFolder;

beforeAll(async () => {
  if (noRadosgw !== undefined) return;
  [server, folder] = await Promise.all([startRadosgw(), temporaryFolder()]);
  weather = await startWeather(server.port);
  await server.makeBucket('backups');
  writeSampleTree(at('files'), { seed: 5, folders: 4, largeBytes: 5_000_000 });
});
afterEach(() => weather?.setForecast(calm));
afterAll(async () => {
  for (const one of [weather, server, folder]) await one?.[Symbol.asyncDispose]();
});

const calm: Forecast = () => undefined;
const at = (name: string): string => join(folder.path, name);

const cloud = (prefix: string, port = weather.port) =>
  cloudDestination(s3, {
    name: 'cloud',
    home: folder.path,
    prefix,
    secret: server.secretAccessKey,
    raw: {
      bucket: 'backups',
      endpoint: `http://127.0.0.1:${port}`,
      accessKeyId: server.accessKeyId,
      secretAccessKey: { env: 'SECRET' },
    },
  });

/** With what it remembers in a folder of its own. */
const pipeline = (home: string, { disks = [], port }: { disks?: readonly string[]; port?: number } = {}): Pipeline =>
  mixedPipeline({ home: at(home), paths: [at('files')], destinations: disks }, [cloud('anna', port)]);

const restoreTo = (from: Pipeline, name: string) =>
  restoreFolder(from, { snapshot: 'latest', folder: at('files'), to: at(name) });

const refusal = (code: string, status: number, headers: Readonly<Record<string, string>> = {}) => ({
  status,
  headers: { 'content-type': 'application/xml', ...headers },
  body: `<?xml version="1.0" encoding="UTF-8"?><Error><Code>${code}</Code><Message>bad weather</Message></Error>`,
});

/** One request in five fails, each time in another way. */
const storm = everyFifth([
  refusal('SlowDown', 503),
  refusal('InternalError', 500),
  refusal('TooManyRequests', 429, { 'retry-after': '0' }),
  { status: 502, body: '<html>Bad gateway</html>' },
]);

const isContent = (path: string): boolean => path.includes('/data/');

describe.skipIf(noRadosgw !== undefined)(`a replica in S3${noRadosgw === undefined ? '' : `: ${noRadosgw}`}`, () => {
  it('is written whole through a storm, beside one on a disk', async () => {
    weather.setForecast(storm);
    await init(pipeline('first', { disks: ['disk'] }));
    const { outcomes } = await run(pipeline('first', { disks: ['disk'] }));
    expect(statuses(outcomes)).toEqual({ disk: 'stored', cloud: 'stored' });
    expect(weather.hits()).toBeGreaterThan(4);
  });

  it.skipIf(noRestic !== undefined)('passes the check of stock restic, which reads all of it', async () => {
    process.env['AWS_ACCESS_KEY_ID'] = server.accessKeyId;
    process.env['AWS_SECRET_ACCESS_KEY'] = server.secretAccessKey;
    for (const { program } of restics) {
      const { code, out } = await restic(`s3:${server.endpoint}/backups/anna`, ['check', '--read-data'], program);
      expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining('no errors were found') });
    }
  });

  it('restores alone, on a machine that never saw it, while connections are cut inside of contents', async () => {
    weather.setForecast(({ method, number, path }) =>
      method === 'GET' && isContent(path) && number % 2 === 0 ? { cutAfter: 300_000 } : undefined,
    );
    const before = weather.hits();
    const { problems } = await restoreTo(pipeline('second'), 'cut');
    expect(problems).toEqual([]);
    expect(differences(at('files'), at('cut'))).toEqual([]);
    expect(weather.hits()).toBeGreaterThan(before);
  });

  it('restores alone over connections that are reset again and again', async () => {
    await using proxy = await startProxy({
      port: server.port,
      plan: (n) => (n % 3 === 0 ? undefined : { cutDownAfter: 200_000 }),
    });
    const { problems } = await restoreTo(pipeline('third', { port: proxy.port }), 'reset');
    expect(problems).toEqual([]);
    expect(differences(at('files'), at('reset'))).toEqual([]);
    expect(proxy.cuts()).toBeGreaterThan(0);
  });

  it('never gives wrong bytes to a restore, and right ones come from the disk instead', async () => {
    weather.setForecast(({ method, path }) => (method === 'GET' && isContent(path) ? { spoil: 40 } : undefined));
    mkdirSync(at('spoilt'));
    const alone = await restoreTo(pipeline('fourth'), 'spoilt').catch((error: unknown) => toBackupError(error));
    // Some of what is read together may be right: then the files that are not are named, and not given.
    const said = 'problems' in alone ? alone.problems.map(({ error }) => error) : [alone];
    expect(said.length).toBeGreaterThan(0);
    expect(new Set(said.map(({ code }) => code))).toEqual(new Set(['CORRUPT']));
    const wrong = differences(at('files'), at('spoilt')).filter((line) => line.startsWith('content'));
    expect(wrong).toEqual([]);
    const { problems } = await restoreTo(pipeline('first', { disks: ['disk'] }), 'healed');
    expect(problems).toEqual([]);
    expect(differences(at('files'), at('healed'))).toEqual([]);
  });

  it('keeps two hundred objects right through a storm of every verb, in a bounded number of requests', async () => {
    weather.setForecast(storm);
    await using destination = await cloud('storm').open(signal);
    const random = seededRandom(11);
    const before = weather.requests.length;
    const contents = new Map(Array.from({ length: 200 }, (_, i) => [`index/${i}`, seededBytes(random, 1 + i * 11)]));
    await Promise.all([...contents].map(([key, content]) => destination.put(key, bodyOf(content), { signal })));
    const listed = await Array.fromAsync(destination.list('index/', { signal }));
    expect(listed.map(({ key }) => key).toSorted()).toEqual([...contents.keys()].toSorted());
    const back = await Promise.all([...contents.keys()].map((key) => collect(destination.get(key, { signal }))));
    expect(back.every((content, i) => content.equals(contents.get(`index/${i}`) ?? Buffer.alloc(0)))).toBe(true);
    await Promise.all([...contents.keys()].map((key) => destination.delete(key, { signal })));
    expect(await Array.fromAsync(destination.list('', { signal }))).toEqual([]);
    // Six hundred calls and two listings: with a fifth refused, five requests for four that count.
    expect(weather.requests.length - before).toBeLessThan(602 * 1.35);
  });
});

const { signal } = new AbortController();
