/**
 * The drill with a phone: a month of nights by the scheduler, over three destinations with retention, pruning and verification; then one
 * destination is stolen, one is half rotten, and the computer and the phone are gone. What is left is two passwords and the places.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import {
  Catalog,
  check,
  type Clock,
  forget,
  heal,
  type Job,
  type Pipeline,
  proof,
  prune,
  runJobs,
  systemClock,
  type Turn,
  verifyDue,
} from '@triplicate/core';
import { FakeClock, hastyClock, seededInteger, seededRandom } from '@triplicate/core/testing';
import type { SimDevice } from '@triplicate/device-simulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copyTree } from '../crash/scenario.ts';
import { hasProgram, runClient } from '../../packages/device-simulator/test/fixtures/real-client.ts';
import { init, run } from '../kit/commands.ts';
import { harm, harms, objectsOf } from '../kit/damage.ts';
import { localPipeline, password } from '../kit/local-pipeline.ts';
import { restoreOnto } from '../kit/onto-phone.ts';
import { PhoneDesk } from '../kit/phone-desk.ts';
import { complaints, noRestic, restic, restics } from '../kit/restic.ts';
import { differences } from '../kit/same-tree.ts';
import { seededBytes, writeSampleTree } from '../kit/sample-tree.ts';

const day = 86_400_000;
const nights = 30;
const phonePassword = 'geheim';
const main = resolve(import.meta.dirname, '../../packages/cli/src/main.ts');

let desk: PhoneDesk;
let phone: SimDevice;
let night: FakeClock;
let catalog: Catalog;
let asItWas: Map<string, string>;
const turns: Turn[] = [];
const at = (...parts: string[]): string => join(desk.folder, ...parts);

/** The date is that of the drill; who looks a moment later whether another locked too has no other here, and long waits are waited in truth. */
const clock: Clock = {
  now: () => night.now(),
  sleep: (until, options) =>
    hastyClock(systemClock).sleep(new Date(Date.now() + until.getTime() - night.now().getTime()), options),
};

/** As one machine with one processor has it, thirty nights long: its state stands in `machine`, the places below `places`. */
const pipelineOf = (machine: string, destinations: readonly string[]): Pipeline => {
  const files = localPipeline({ home: at('places'), sources: { docs: [at('live')] }, destinations });
  const sources = [...files.sources, desk.source('annas-iphone', phone)];
  const made = desk.pipeline(sources, {
    home: at('places'),
    destinations,
    over: {
      clock,
      threads: 1,
      packBytes: 512 * 1024,
      catalog,
      state: localPipeline({ home: at(machine), destinations }).state,
    },
  });
  const retain = { a: { last: 2 }, b: { daily: 5 }, c: { daily: 7, weekly: 5 } } as const;
  return {
    ...made,
    destinations: made.destinations.map((one) => ({ ...one, retain: retain[one.name as 'a' | 'b' | 'c'] })),
  };
};

const liveOn = (number: number): void => {
  writeFileSync(at('live', `file of day ${number}`), seededBytes(number + 50, 20_000 + number * 1000));
  if (number > 3) rmSync(at('live', `file of day ${number - 3}`));
  if (number % 3 === 0) phone.takePhotos(1);
  if (number % 4 === 0) phone.edit(1);
};

const round = async (turn: Turn): Promise<void> => {
  turns.push(turn);
  const pipeline = pipelineOf('computer', ['a', 'b', 'c']);
  const { quorumHeld, outcomes } = await run(pipeline);
  if (!quorumHeld || outcomes.some(({ status }) => status !== 'stored')) throw new Error(JSON.stringify(outcomes));
  await forget(pipeline, { dryRun: false });
  if (turns.length % 7 === 0) await prune(pipeline, { dryRun: false });
  const verified = await verifyDue(pipeline, { withinMs: nights * day, untilNextMs: day });
  if (verified.some(({ status }) => status !== 'whole')) throw new Error(JSON.stringify(verified));
};

/** The scheduler, night after night; the clock waits for what it began. */
const month = async (): Promise<void> => {
  const stop = new AbortController();
  const slots = new Map<string, number>();
  const memory = {
    read: (job: string) => Promise.resolve(slots.get(job)),
    write: async (job: string, slot: number) => void slots.set(job, slot),
  };
  let busy = Promise.resolve();
  const problems: unknown[] = [];
  const schedule: Job['schedule'] = { cron: '0 2 * * *', timezone: 'Europe/Berlin' };
  const job: Job = { name: 'drill', schedule, run: (turn) => (busy = round(turn)) };
  const scheduler = runJobs(
    [job],
    {
      clock: night,
      memory,
      random: () => 0,
      pollMs: day / 4,
      onEvent: (event) => void (event.type === 'ended' && event.error && problems.push(event.error)),
    },
    stop.signal,
  );
  for (let number = 0; number < nights; number += 1) {
    liveOn(number);
    // Not beyond the slot: the work is real, and takes its time.
    await night.advance(day / 2);
    await busy;
    await night.advance(day / 2);
  }
  stop.abort();
  await scheduler;
  expect(problems).toEqual([]);
};

beforeAll(async () => {
  desk = await PhoneDesk.open();
  phone = await desk.add({ seed: 'drill', name: 'Annas iPhone', photos: 20, photoBytes: 60_000, documents: 30 });
  await phone.setPassword(phonePassword);
  night = new FakeClock('2026-10-01T18:00:00Z');
  catalog = new Catalog(':memory:');
  writeSampleTree(at('live'), { seed: 3, folders: 2, filesInFolder: 6, largeBytes: 200_000 });
  await init(pipelineOf('computer', ['a', 'b', 'c']));
  await month();
  asItWas = phone.inventory();
  copyTree(at('live'), at('as it was'));
  // The computer, and everything that it knew; the phone.
  for (const known of ['computer', 'cache', 'state', 'places/cache', 'places/state'])
    rmSync(at(known), { recursive: true, force: true });
  catalog = new Catalog(':memory:');
  desk.server.detach(phone);
  rmSync(at('live'), { recursive: true });
  // One destination, and half of another.
  rmSync(at('places', 'a'), { recursive: true });
  const random = seededRandom(8);
  for (const [i, path] of objectsOf(at('places', 'b'), 'data').entries())
    if (i % 2 === 0) harm(path, harms[seededInteger(random, 0, harms.length - 1)] ?? 'flip', random() * 0.99);
}, 600_000);
afterAll(() => desk[Symbol.asyncDispose]());

const left = ['b', 'c'];

describe('after the worst month of a phone', () => {
  it('each night had run once, also the one that was an hour longer', () => {
    expect(turns).toHaveLength(nights);
    expect(turns.flatMap(({ merged }) => merged)).toEqual([]);
    expect(new Set(turns.map(({ slot }) => slot.toISOString().slice(0, 10))).size).toBe(nights);
    expect(new Set(turns.map(({ slot }) => slot.toISOString().slice(11, 16)))).toEqual(new Set(['00:00', '01:00']));
  });

  it('the proof knows which of what is left restores', async () => {
    const results = await proof(pipelineOf('new computer', left), {
      files: 200,
      random: () => 0.5,
      scratch: at('scratch'),
    });
    expect(results.map(({ destination, status }) => `${destination} ${status}`)).toEqual([
      expect.stringMatching(/^b (disproven|failed)$/) as string,
      'c proven',
    ]);
  });

  it('the files come back by one line and the password', async () => {
    const home = at('another computer');
    mkdirSync(home);
    const env = { PATH: process.env['PATH'], HOME: home, TRIPLICATE_PASSWORD: password };
    const line = ['--repo', at('places', 'c'), 'restore', 'latest:docs', '--to', at('back')];
    await promisify(execFile)(process.execPath, ['--conditions=@triplicate/source', main, ...line], { env, cwd: home });
    expect(differences(at('as it was'), join(at('back'), at('live')))).toEqual([]);
  });

  it('a new phone becomes the old one, out of both places together', async () => {
    const fresh = await desk.add({ seed: 'fresh' });
    await restoreOnto(desk, pipelineOf('new computer', left), fresh, {
      snapshot: 'latest:annas-iphone',
      options: { password: { env: 'PHONE' } },
      secret: phonePassword,
    });
    expect(fresh.inventory()).toEqual(asItWas);
    expect(fresh.restarts).toBe(1);
    expect(desk.problems).toEqual([]);
  });

  const judges = noRestic === undefined && hasProgram('idevicebackup2');
  it.skipIf(!judges)(
    `stock restic and libimobiledevice alone bring all of it back from the whole one${judges ? '' : ' (skipped: restic or idevicebackup2 is not installed)'}`,
    async () => {
      const { program } = restics.at(-1) ?? { program: 'restic' };
      for (const tag of ['source:docs', 'source:annas-iphone']) {
        const words = ['restore', 'latest', '--tag', tag, '--target', at('stock')];
        const { code, out } = await restic(at('places', 'c'), words, program);
        expect(code === 0 ? '' : out).toBe('');
      }
      expect(differences(at('as it was'), join(at('stock'), at('live')))).toEqual([]);
      const fresh = await desk.add({ seed: 'fresh of restic' });
      const options = ['restore', '--system', '--remove', '--no-reboot', '--password', phonePassword];
      const folder = at('stock', 'MobileSync');
      const words = ['-u', fresh.udid, '-s', phone.udid, ...options, folder];
      expect((await runClient(desk.address, 'idevicebackup2', ...words)).output).toContain('Restore Successful');
      expect(fresh.inventory()).toEqual(asItWas);
    },
  );

  it('the rotten one is healed, and every restic is content with both', async () => {
    const pipeline = pipelineOf('new computer', left);
    expect((await heal(pipeline, { dryRun: false })).map(({ status }) => status)).toEqual(['healed', 'whole']);
    expect((await check(pipeline, { readData: 'all', random: () => 0 })).map(({ status }) => status)).toEqual([
      'whole',
      'whole',
    ]);
    const places = left.map((name) => at('places', name));
    expect(await complaints(places, ['check', '--read-data'])).toEqual([]);
  });
});
