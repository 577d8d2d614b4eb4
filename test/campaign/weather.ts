/** A backup and a restore in calm weather and with one request in five refused, for each provider, with the program's own waits, all times in tenths. COUNT is MiB. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Clock, type Pipeline, systemClock } from '@triplicate/core';
import { seededRandom, temporaryFolder } from '@triplicate/core/testing';
import { mixedPipeline } from '../kit/cloud-pipeline.ts';
import { init, restoreFolder, run } from '../kit/commands.ts';
import { differences } from '../kit/same-tree.ts';
import { writeSampleTree } from '../kit/sample-tree.ts';
import { type Forecast, startWeather } from '../servers/weather.ts';
import type { Campaign } from './main.ts';
import { type Provider, providers, type StartedProvider } from './providers.ts';

const mib = 1024 * 1024;
/** Small packs, so that there are as many calls as in a backup of many gigabytes. */
const packBytes = mib;
/** What a storm may make of the time. */
const most = 2;
const rounds = 3;
/** Everything that is waited for and every request takes a tenth of its time, so that a storm of an hour passes in minutes. */
const hurry = 10;
const began = Date.now();
const hurried: Clock = {
  now: () => new Date(began + (Date.now() - began) * hurry),
  sleep: (until, options) => systemClock.sleep(new Date(began + (until.getTime() - began) / hurry), options),
};

const say = (line: string): void => void process.stdout.write(`${line}\n`);

export const weather: Campaign = async (count, seed, { only }) => {
  let holds = true;
  for (const provider of providers.filter(({ name }) => only === undefined || name === only)) {
    if (provider.missing !== undefined) {
      say(`${provider.name} is left out: ${provider.missing}`);
      continue;
    }
    const ratio = await trial(provider, count, seed);
    if (!(ratio <= most)) holds = false;
  }
  return holds;
};

/** By chance: in an even rhythm a call of five requests that is alone would meet the bad one each time. Every other time only the answer is lost. */
const oneInFive = ({ refusals }: Provider, seed: number): Forecast => {
  const random = seededRandom(seed);
  return () => {
    if (random() >= 0.2) return undefined;
    const answer = refusals[Math.floor(random() * refusals.length)];
    return answer && { answer, afterEffect: random() < 0.5 };
  };
};

interface Took {
  readonly seconds: number;
  readonly requests: number;
  readonly refused: number;
}

/** Prints the figures; the storm's time in parts of the calm one, by the median. */
const trial = async (provider: Provider, mebibytes: number, seed: number): Promise<number> => {
  await using folder = await temporaryFolder();
  const source = join(folder.path, 'source');
  mkdirSync(join(folder.path, 'served'));
  writeSampleTree(source, { seed, folders: 8, largeBytes: (mebibytes * mib) / 8 });
  await using started = await provider.start(join(folder.path, 'served'));
  const site = { folder: folder.path, source, started, provider };
  const calm: Took[] = [];
  const stormy: Took[] = [];
  for (let round = 0; round < rounds; round += 1) {
    calm.push(await oneRun(site, `calm-${round}`, () => undefined));
    stormy.push(await oneRun(site, `storm-${round}`, oneInFive(provider, seed + round)));
  }
  const [quiet, storm] = [middle(calm), middle(stormy)];
  const ratio = storm.seconds / quiet.seconds;
  say(
    `${provider.name.padEnd(9)} ${provider.latencyMs} ms a request: calm ${quiet.seconds.toFixed(1)} s (${quiet.requests} requests), ` +
      `storm ${storm.seconds.toFixed(1)} s (${storm.requests}, ${storm.refused} refused): ${ratio.toFixed(2)} ×${ratio <= most ? '' : `, more than ${most}`}`,
  );
  return ratio;
};

const middle = (runs: readonly Took[]): Took => {
  const found = runs.toSorted((a, b) => a.seconds - b.seconds)[runs.length >> 1];
  if (found === undefined) throw new TypeError('there was no run');
  return found;
};

interface Site {
  readonly folder: string;
  readonly source: string;
  readonly started: StartedProvider;
  readonly provider: Provider;
}

/** From `init` to the restore on a machine that has never seen it. */
const oneRun = async (
  { folder, provider, source, started }: Site,
  place: string,
  forecast: Forecast,
): Promise<Took> => {
  const latencyMs = provider.latencyMs / hurry;
  await using station = await startWeather(started.port, (request) => ({ delayMs: latencyMs, ...forecast(request) }));
  const pipeline = (machine: string): Pipeline => {
    const home = join(folder, machine);
    const destination = started.destination({ port: station.port, home, clock: hurried, place });
    return mixedPipeline({ home, paths: [source], destinations: [], over: { packBytes, clock: hurried } }, [
      destination,
    ]);
  };
  const start = performance.now();
  await init(pipeline(`${place}-first`));
  const { outcomes } = await run(pipeline(`${place}-first`));
  const failed = outcomes.find(({ status }) => status !== 'stored');
  if (failed) throw new Error(`${provider.name}: ${failed.status}: ${failed.error?.message ?? ''}`);
  const to = join(folder, 'restored');
  const { problems } = await restoreFolder(pipeline(`${place}-second`), { snapshot: 'latest', folder: source, to });
  const seconds = (performance.now() - start) / 1000;
  const wrong = [...problems.map(({ error }) => error.message), ...differences(source, to)];
  if (wrong.length > 0) throw new Error(`${provider.name}: a wrong restore: ${wrong.slice(0, 5).join('; ')}`);
  rmSync(to, { recursive: true });
  return { seconds, requests: station.requests.length, refused: station.hits() };
};
