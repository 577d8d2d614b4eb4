/** COUNT backups of a folder that is worked in, most of them forgotten, pruned: what is left, by a fresh repository and by stock restic. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { forget, prune, type Pipeline } from '@triplicate/core';
import { seededInteger, seededRandom, temporaryFolder } from '@triplicate/core/testing';
import { copyTree } from '../crash/scenario.ts';
import { init, run } from '../kit/commands.ts';
import { bytesOf } from '../kit/damage.ts';
import { localPipeline } from '../kit/local-pipeline.ts';
import { complaints, restic, restics } from '../kit/restic.ts';
import { seededBytes } from '../kit/sample-tree.ts';
import type { Campaign } from './main.ts';

const kept = 10;

export const churn: Campaign = async (count, seed) => {
  await using folder = await temporaryFolder();
  const at = (name: string): string => join(folder.path, name);
  const random = seededRandom(seed);
  mkdirSync(at('live'));
  const pipeline = (home: string): Pipeline =>
    localPipeline({ home: at(home), paths: [at('live')], destinations: ['a'] });
  await init(pipeline('old'));
  await init(pipeline('fresh'));
  for (let i = 0; i < count; i += 1) {
    work(at('live'), random);
    await run(pipeline('old'));
    if (i >= count - kept) await run(pipeline('fresh'));
  }
  const before = bytesOf(join(at('old'), 'a'), 'data');
  await forget(pipeline('old'), { policy: { last: kept }, dryRun: false });
  const rivals = restics.map(({ program, version }, i) => ({
    program,
    version,
    home: copyTree(at('old'), at(`rival ${i}`)),
  }));
  const ours = await seconds(async () => void (await prune(pipeline('old'), { dryRun: false })));
  const [after, fresh] = ['old', 'fresh'].map((home) => bytesOf(join(at(home), 'a'), 'data')) as [number, number];
  say(
    `${count} backups, ${kept} kept: ${before} bytes before, ${after} after, ${fresh} in a fresh repository (${(after / fresh).toFixed(4)})`,
  );
  say(`our prune: ${ours.toFixed(2)} s`);
  for (const { program, version, home } of rivals) {
    const time = await seconds(async () => void (await restic(join(home, 'a'), ['prune'], program)));
    say(`${version.split(' ').slice(0, 2).join(' ')}: ${time.toFixed(2)} s, ${bytesOf(join(home, 'a'), 'data')} bytes`);
  }
  const wrong = await complaints([join(at('old'), 'a')], ['check', '--read-data']);
  for (const line of wrong) say(line);
  return wrong.length === 0 && after / fresh < 1.05;
};

/** Some files are new, some change, some go. */
const work = (folder: string, random: () => number): void => {
  for (let i = 0; i < 8; i += 1) {
    const name = join(folder, `file ${seededInteger(random, 0, 200)}`);
    if (random() < 0.15) rmSync(name, { force: true });
    else writeFileSync(name, seededBytes(seededInteger(random, 1, 2 ** 30), seededInteger(random, 1000, 400_000)));
  }
};

const seconds = async (doIt: () => Promise<void>): Promise<number> => {
  const from = performance.now();
  await doIt();
  return (performance.now() - from) / 1000;
};

const say = (line: string): void => void process.stdout.write(`${line}\n`);
