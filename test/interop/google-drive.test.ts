import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, type DestinationPlugin, forget, type Pipeline, prune, systemClock } from '@triplicate/core';
import { temporaryFolder, type TemporaryFolder } from '@triplicate/core/testing';
import gdrive, { type GdriveOptions, openGdriveAt } from '@triplicate/dest-gdrive';
import rest from '@triplicate/dest-rest';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { cloudDestination, mixedPipeline } from '../kit/cloud-pipeline.ts';
import { init, restoreFolder, run, statuses } from '../kit/commands.ts';
import { noRestic, restic, restics } from '../kit/restic.ts';
import { differences } from '../kit/same-tree.ts';
import { writeSampleTree } from '../kit/sample-tree.ts';
import { clientId, type Google, grantsFor, leadTo, refusal, startGoogle } from '../servers/google-drive/google.ts';
import { noRclone, type RcloneServer, startRclone } from '../servers/rclone.ts';
import { noTlsProxy, rcloneThrough, startTlsProxy, type TlsProxy } from '../servers/tls-proxy.ts';
import { everyFifth, startWeather, type WeatherStation } from '../servers/weather.ts';

const missing = noRclone ?? noTlsProxy ?? noRestic;
const lagMs = 1000;
const snapshots = new Map<string, string>();
let google: Google;
let weather: WeatherStation;
let nas: RcloneServer;
let proxy: TlsProxy;
let folder: TemporaryFolder;

const at = (name: string): string => join(folder.path, name);

beforeAll(async () => {
  if (missing !== undefined) return;
  folder = await temporaryFolder();
  for (const name of ['nas', 'judge']) mkdirSync(at(name));
  google = await startGoogle({ lagMs, mostOnPage: 20 });
  weather = await startWeather(google.drive.port);
  nas = await startRclone('restic', { folder: at('nas') });
  proxy = await startTlsProxy({ hosts: { 'www.googleapis.com': google.drive.port }, folder: at('judge') });
  for (const [i, name] of ['files', 'more', 'other'].entries())
    writeSampleTree(at(name), { seed: 11 + i, folders: 2, filesInFolder: 8, largeBytes: 2_500_000 });
});
afterAll(async () => {
  for (const one of [proxy, nas, weather, google, folder]) await one?.[Symbol.asyncDispose]();
});
afterEach(() => vi.unstubAllEnvs());

/** With what it remembers in a folder of its own: another machine. */
const pipeline = (
  home: string,
  options: { readonly paths?: readonly string[]; readonly alone?: boolean } = {},
): Pipeline => {
  const { alone = false, paths = ['files'] } = options;
  // Google's addresses cannot be written in a configuration.
  const plugin: DestinationPlugin<GdriveOptions> = {
    ...gdrive,
    open: (own, context) => openGdriveAt(own, { ...context, grants: grantsFor(google) }, leadTo(google, weather.port)),
  };
  const raw = { folder: 'Backups/anna', clientId, listLag: '2s', chunkSize: '512KiB' };
  const drive = cloudDestination(plugin, { name: 'gdrive', home: at(home), secret: '', raw });
  const server = { url: `http://127.0.0.1:${nas.port}/anna/` };
  const others = alone ? [] : [cloudDestination(rest, { name: 'nas', home: at(home), secret: '', raw: server })];
  return mixedPipeline(
    { home: at(home), paths: paths.map(at), destinations: alone ? [] : ['disk'], over: { packBytes: 1024 * 1024 } },
    [drive, ...others],
  );
};

const storm = everyFifth([
  refusal(403, 'userRateLimitExceeded'),
  refusal(429, 'rateLimitExceeded'),
  refusal(500, 'backendError'),
  refusal(503, 'backendError'),
]);
const shiftMs = 25 * 3_600_000;
const aDayOn: Clock = {
  now: () => new Date(Date.now() + shiftMs),
  sleep: (until, options) => systemClock.sleep(new Date(until.getTime() - shiftMs), options),
};
/** How many packs are there. */
const packs = (): number =>
  [...google.drive.store.files.values()].filter(
    ({ deleted, name }) => /^[0-9a-f]{64}$/.test(name) && deleted === undefined,
  ).length;
const settled = () => new Promise((resolve) => setTimeout(resolve, lagMs + 200));

describe.skipIf(missing !== undefined)(
  `a replica on a Google Drive${missing === undefined ? '' : `: ${missing}`}`,
  () => {
    it('is written whole through a storm, beside one on a disk and one on a server', async () => {
      weather.setForecast(storm);
      await init(pipeline('first'));
      const { outcomes, sources } = await run(pipeline('first'));
      snapshots.set('files', sources[0]?.snapshot ?? '');
      expect(outcomes.flatMap(({ error }) => error ?? [])).toEqual([]);
      expect(statuses(outcomes)).toEqual({ disk: 'stored', gdrive: 'stored', nas: 'stored' });
      expect(weather.hits()).toBeGreaterThan(10);
    });

    it('loses nothing when two machines write to it at the same time, although listings lag', async () => {
      weather.setForecast(() => undefined);
      const [more, other] = await Promise.all(
        ['more', 'other'].map((name) => run(pipeline(`home-${name}`, { paths: [name], alone: true }))),
      );
      for (const report of [more, other]) expect(statuses(report?.outcomes ?? [])).toEqual({ gdrive: 'stored' });
      snapshots.set('more', more?.sources[0]?.snapshot ?? '');
      snapshots.set('other', other?.sources[0]?.snapshot ?? '');
      await settled();
    });

    it('loses nothing to a prune that goes beside a backup, nor to the one a day later that removes what was marked', async () => {
      const alone = (home: string): Pipeline => pipeline(home, { paths: ['more'], alone: true });
      await forget(alone('home-more'), { dryRun: false, snapshots: [snapshots.get('more') ?? ''] });
      await settled();
      const before = packs();
      // What the backup refers to again is what the prune finds to be of no use.
      const [pruned, stored] = await Promise.all([
        prune(alone('home-prune'), { dryRun: false, maxUnused: { bytes: 0 } }),
        run(alone('home-back')),
      ]);
      // It marks; or it saw a snapshot and not yet its index, and does nothing.
      for (const { error, status } of pruned)
        expect(`${status} ${error?.message ?? ''}`).toMatch(
          /^(marked|locked) |^failed "gdrive" is not pruned: no index names/,
        );
      expect(statuses(stored.outcomes)).toEqual({ gdrive: 'stored' });
      snapshots.set('more', stored.sources[0]?.snapshot ?? '');
      expect(packs()).toBeGreaterThanOrEqual(before);
      await settled();
      const later = await prune({ ...alone('home-prune'), clock: aDayOn }, { dryRun: false, maxUnused: { bytes: 0 } });
      expect(later.flatMap(({ error }) => error ?? [])).toEqual([]);
      await settled();
    });

    it('passes the check of stock restic, which reads all of it through stock rclone', async () => {
      const remote = {
        type: 'drive',
        scope: 'drive',
        client_id: 'x',
        client_secret: 'y',
        token: JSON.stringify({ access_token: 'judge', token_type: 'Bearer', expiry: '2100-01-01T00:00:00Z' }),
      };
      const rclone = rcloneThrough({ proxy, folder: at('judge'), remote });
      google.oauth.letIn('judge');
      // Two machines may make a folder of the same name before one sees that of the other; rclone sees one of them alone, and brings them together.
      await rclone('dedupe', 'newest', 'judge:Backups');
      const env = {
        ...proxy.env,
        RCLONE_CONFIG: join(at('judge'), 'rclone.conf'),
        RCLONE_CA_CERT: proxy.ca,
        RCLONE_DRIVE_PACER_MIN_SLEEP: '1ms',
      };
      for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
      for (const { program } of restics) {
        const { code, out } = await restic('rclone:judge:Backups/anna', ['check', '--read-data'], program);
        expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining('no errors were found') });
      }
      const { out } = await restic('rclone:judge:Backups/anna', ['snapshots', '--json', '--no-lock']);
      expect(JSON.parse(out.slice(out.indexOf('[')))).toHaveLength(3);
    });

    it('restores alone, on a machine that never saw it, while tokens end, connections are cut and Google is busy', async () => {
      const { oauth } = google;
      weather.setForecast((request) => {
        if (request.number % 17 === 0) oauth.expireAccess();
        if (!request.path.includes('alt=media')) return storm(request);
        return request.number % 2 === 0 ? { cutAfter: 200_000 } : undefined;
      });
      for (const name of ['files', 'more', 'other']) {
        const request = { snapshot: snapshots.get(name) ?? '', folder: at(name), to: at(`restored-${name}`) };
        const { problems } = await restoreFolder(pipeline(`third-${name}`, { paths: [name], alone: true }), request);
        expect(problems).toEqual([]);
        expect(differences(at(name), at(`restored-${name}`))).toEqual([]);
      }
    });
  },
);
