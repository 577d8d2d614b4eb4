/** Long versions of what the tests do in short, by hand: `npm run campaign -- kills 100 [SEED]`. Prints figures; exits 1 when something does not hold. */
import { parseArgs } from 'node:util';
import { memory, unchanged } from './cost.ts';
import { five } from './five.ts';
import { firstScreen } from './first-screen.ts';
import { hardcases } from './hardcases.ts';
import { isolation } from './isolation.ts';
import { kills } from './kills.ts';
import { model } from './model.ts';
import { phoneCable } from './phone-cable.ts';
import { phoneClouds } from './phone-clouds.ts';
import { phoneManifest, phoneMany, phoneStaging } from './phone.ts';
import { needed, neededOfS3 } from './needed.ts';
import { prune } from './prune.ts';
import { rot } from './rot.ts';
import { survivors } from './survivors.ts';
import { weather } from './weather.ts';

export interface CampaignOptions {
  /** A folder to back up besides what a campaign makes itself. */
  readonly tree?: string | undefined;
  /** Where the campaign may take much room; the system's temporary folder when absent. */
  readonly scratch?: string | undefined;
  /** For a campaign that has KILLS. */
  readonly kills?: number | undefined;
  /** The one contestant by its name, where a campaign has several. */
  readonly only?: string | undefined;
}

export type Campaign = (count: number, seed: number, options: CampaignOptions) => Promise<boolean>;

const campaigns: Readonly<
  Record<string, { readonly run: Campaign; readonly about: string; readonly hasKills?: boolean }>
> = {
  prune: {
    run: prune,
    about:
      'COUNT backups with churn, most forgotten and pruned: size and time by restic, and KILLS (50) of it at any moment',
    hasKills: true,
  },
  memory: { run: memory, about: 'peak memory with 1 GiB against COUNT GiB' },
  unchanged: { run: unchanged, about: 'a second run over COUNT files that did not change opens none of them' },
  model: {
    run: model,
    about: 'three replicas that are run, killed, lost, damaged, pruned, synced and healed, step by step',
  },
  hardcases: {
    run: hardcases,
    about:
      'a real tree (/usr) and a folder of hard cases to three destinations and back; COUNT is their size in per cent',
  },
  survivors: {
    run: survivors,
    about: 'delete or damage much of every replica: what one has whole comes back, what none has is named',
  },
  isolation: {
    run: isolation,
    about:
      'how much later two destinations are done when a third is in trouble, and what becomes of it; COUNT is megabytes',
  },
  five: {
    run: five,
    about: 'COUNT MiB in one run to five destinations of five kinds; each restored alone, each read by stock restic',
  },
  'phone-staging': {
    run: phoneStaging,
    about: 'a phone of COUNT MiB: nothing of it is written but to destinations, and memory does not grow with it',
  },
  'phone-many': { run: phoneMany, about: 'a phone of COUNT files: only the twenty that were touched travel' },
  'phone-manifest': {
    run: phoneManifest,
    about: 'a Manifest.db of COUNT MB is read back to the phone without a pause',
  },
  'phone-cable': {
    run: phoneCable,
    about: "a phone of COUNT MiB behind a cable of 40 MB/s: our wall against idevicebackup2's",
  },
  'phone-clouds': {
    run: phoneClouds,
    about: 'a phone of COUNT MiB to two servers and no disk: how long it is held, and what the next backup fetches',
  },
  'first-screen': {
    run: firstScreen,
    about: 'how long the first look into a phone of COUNT files takes, and the second',
  },
  needed: { run: needed, about: 'what is read to export one conversation out of a phone of COUNT megabytes' },
  'needed-s3': { run: neededOfS3, about: 'the same out of a real S3 server, counted on the wire' },
  weather: {
    run: weather,
    about: 'COUNT MiB to each provider and back, calm and with one request in five refused: at most twice the time',
  },
  rot: { run: rot, about: 'COUNT times a bit, an end, an object or two packs go wrong: found in time, and healed' },
  kills: { run: kills, about: 'kill backups, syncs, heals and prunes at every kind of operation' },
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { tree: { type: 'string' }, scratch: { type: 'string' }, only: { type: 'string' } },
});
const [name = '', count = '100', ...rest] = positionals;
const campaign = campaigns[name];
const killCount = campaign?.hasKills === true ? Number(rest.shift() ?? 50) : undefined;
const [seed = `${process.pid}`] = rest;
if (campaign === undefined) {
  const lines = Object.entries(campaigns).map(([key, { about }]) => `  ${key.padEnd(14)} ${about}`);
  process.stderr.write(
    `usage: npm run campaign -- NAME [COUNT] [SEED] [--tree FOLDER] [--scratch FOLDER] [--only NAME]\n\n${lines.join('\n')}\n`,
  );
  process.exitCode = 2;
} else {
  process.stdout.write(`${name}: ${count} times, seed ${seed}\n`);
  const holds = await campaign.run(Number(count), Number(seed), { ...values, kills: killCount });
  process.stdout.write(holds ? 'all holds\n' : 'SOMETHING DOES NOT HOLD\n');
  process.exitCode = holds ? 0 : 1;
}
