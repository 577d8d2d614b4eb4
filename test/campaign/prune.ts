/** COUNT backups of a folder that is worked in, most of them forgotten, pruned: what is left, by a fresh repository and by stock restic; and many kills. */
import { execFile } from 'node:child_process';
import { rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { seededRandom, temporaryFolder } from '@triplicate/core/testing';
import { type Churned, churned } from '../crash/churned.ts';
import { killPrune, runPrune } from '../crash/prune-kill.ts';
import { copyTree } from '../crash/scenario.ts';
import { bytesOf } from '../kit/damage.ts';
import { password } from '../kit/local-pipeline.ts';
import { writeConfig } from '../kit/program.ts';
import { complaints, restic, restics } from '../kit/restic.ts';
import type { Campaign } from './main.ts';

const exec = promisify(execFile);
const kept = 10;
const rounds = 5;
/** As it is installed; `npm run build` makes it. */
const program = resolve(import.meta.dirname, '../../packages/cli/bin/triplicate.js');

export const prune: Campaign = async (count, seed, { kills = 50 }) => {
  await using folder = await temporaryFolder();
  const set = await churned(join(folder.path, 'large'), { backups: count, kept, seed, mostBytes: 1_200_000 });
  const holds = [await against(set, count)];
  const small = { backups: Math.ceil(count / 4), kept, seed, mostBytes: 60_000 };
  if (kills > 0) holds.push(await killMany(await churned(join(folder.path, 'small'), small), kills, seed));
  return holds.every(Boolean);
};

/** In turns, each on a copy of its own, process against process, with equal options. */
const against = async ({ home, fresh, live }: Churned, count: number): Promise<boolean> => {
  const before = bytesOf(join(home, 'a'), 'data');
  const least = bytesOf(join(fresh, 'a'), 'data');
  const times = new Map<string, number[]>();
  const wrong: string[] = [];
  let after = 0;
  const measure = async (name: string, doIt: (copy: string) => Promise<void>): Promise<void> => {
    const copy = copyTree(home, `${home} copy`);
    const from = performance.now();
    await doIt(copy);
    times.set(name, [...(times.get(name) ?? []), (performance.now() - from) / 1000]);
    if (name === 'triplicate') {
      after = bytesOf(join(copy, 'a'), 'data');
      wrong.push(...(await complaints([join(copy, 'a')], ['check', '--read-data'])));
    }
    rmSync(copy, { recursive: true });
  };
  for (let round = 0; round < rounds; round += 1) {
    await measure('triplicate', (copy) => ownPrune(copy, live));
    for (const { program: rival, version } of restics)
      await measure(
        nameOf(version),
        async (copy) => void (await restic(join(copy, 'a'), ['prune', '--repack-small'], rival)),
      );
  }
  say(
    `${count} backups, ${kept} kept: ${before} bytes before, ${after} after, ${least} in a fresh repository (${(after / least).toFixed(4)})`,
  );
  for (const [name, all] of times)
    say(`${name} prune: ${middle(all).toFixed(2)} s (${all.map((time) => time.toFixed(2)).join(', ')})`);
  for (const line of wrong) say(line);
  const [own = 0, ...rivals] = [...times.values()].map(middle);
  return wrong.length === 0 && after / least < 1.05 && rivals.every((rival) => own <= rival);
};

const ownPrune = async (home: string, live: string): Promise<void> => {
  writeConfig(home, {
    paths: [live],
    destinations: { a: `{ type: local, path: ${JSON.stringify(join(home, 'a'))} }` },
  });
  const env = {
    ...process.env,
    PASSWORD: password,
    TRIPLICATE_STATE_DIR: join(home, 'cli-state'),
    // As on every day but the first: compiled code is there.
    TRIPLICATE_CACHE_DIR: join(dirname(home), 'cli-cache'),
  };
  await exec(process.execPath, [program, '--config', join(home, 'triplicate.yaml'), 'prune'], { env });
};

const killMany = async (set: Churned, kills: number, seed: number): Promise<boolean> => {
  const measured = copyTree(set.home, `${set.home} measured`);
  const { milliseconds } = await runPrune(measured, set.live);
  const random = seededRandom(seed + 1);
  const tally = { killed: 0, restored: 0, wrong: 0 };
  for (let i = 0; i < kills; i += 1) {
    const after = random() * milliseconds;
    const { killed, wrong, restored } = await killPrune(set, after);
    tally.killed += killed ? 1 : 0;
    tally.restored += restored;
    tally.wrong += wrong.length > 0 ? 1 : 0;
    if (wrong.length > 0) say(`kill ${i + 1}, ${after.toFixed(0)} ms after the beginning: WRONG`);
    for (const line of wrong.slice(0, 10)) say(`    ${line}`);
  }
  say(
    `${kills} kills between 0 and ${milliseconds.toFixed(0)} ms, ${kills - tally.killed} of them when it had ended; ` +
      `${tally.restored} snapshots restored at once and compared; after ${tally.wrong} something did not hold`,
  );
  return tally.wrong === 0;
};

const nameOf = (version: string): string => version.split(' ').slice(0, 2).join(' ');

const middle = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

const say = (line: string): void => void process.stdout.write(`${line}\n`);
