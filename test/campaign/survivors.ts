/** Much damage to three replicas at once, such that each object is whole on at least one: everything must come back. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { heal, sync } from '@triplicate/core';
import { seededRandom, temporaryFolder } from '@triplicate/core/testing';
import { copyTree, destinations, pipelineOf, Trees } from '../crash/scenario.ts';
import { init, restoreFolder, run } from '../kit/commands.ts';
import { harm, harms, type Kind, objectsOf } from '../kit/damage.ts';
import { complaints } from '../kit/restic.ts';
import { differences } from '../kit/same-tree.ts';
import type { Campaign } from './main.ts';

const kinds: readonly Kind[] = ['data', 'index', 'snapshots'];

export const damage: Campaign = async (count, seed) => {
  const random = seededRandom(seed);
  await using folder = await temporaryFolder();
  const trees = new Trees(folder.path);
  const template = join(folder.path, 'template');
  const { sources } = trees;
  await init(pipelineOf(template, sources));
  await run(pipelineOf(template, sources));
  trees.change();
  await run(pipelineOf(template, sources));
  let failed = 0;
  let objects = 0;
  for (let i = 0; i < count; i += 1) {
    const home = copyTree(template, join(folder.path, 'damaged'));
    const done = damageAll(home, random);
    const wrong = await comesBack(home, trees);
    objects += done;
    if (wrong.length > 0) failed += 1;
    process.stdout.write(`${i + 1}/${count}: ${done} objects damaged${wrong.length > 0 ? ', WRONG' : ''}\n`);
    for (const line of wrong) process.stdout.write(`    ${line}\n`);
    rmSync(home, { recursive: true });
  }
  process.stdout.write(
    `${objects} objects damaged in ${count} rounds; rounds in which something did not come back: ${failed}\n`,
  );
  return failed === 0;
};

/** Of each object one copy is let alone, chosen by chance. */
const damageAll = (home: string, random: () => number): number => {
  const share = random();
  let done = 0;
  for (const kind of kinds) {
    for (const path of objectsOf(join(home, 'a'), kind).map((object) => object.slice(join(home, 'a').length))) {
      const whole = destinations[Math.floor(random() * destinations.length)];
      for (const name of destinations) {
        if (name === whole || random() >= share) continue;
        harm(join(home, name, path), harms[Math.floor(random() * harms.length)] ?? 'flip', random());
        done += 1;
      }
    }
  }
  return done;
};

const comesBack = async (home: string, trees: Trees): Promise<string[]> => {
  const { sources } = trees;
  const pipeline = pipelineOf(home, sources);
  const wrong: string[] = [];
  const restoreAll = async (when: string): Promise<void> => {
    for (const [source, [folder = '']] of Object.entries(sources)) {
      const to = join(home, 'restored');
      const { problems } = await restoreFolder(pipeline, { snapshot: `latest:${source}`, folder, to });
      wrong.push(...problems.map(({ error }) => `restore ${when}: ${error.message}`));
      wrong.push(...differences(trees.path('live', source), to).map((line) => `restore ${when}: ${line}`));
      rmSync(to, { recursive: true, force: true });
    }
  };
  await restoreAll('of the damaged');
  const healed = await heal(pipeline, { dryRun: false });
  wrong.push(
    ...healed.flatMap(({ destination, left }) => left.map(({ message }) => `left on ${destination}: ${message}`)),
  );
  await sync(pipeline, { dryRun: false });
  const homes = destinations.map((name) => join(home, name));
  wrong.push(...(await complaints(homes, ['check', '--read-data'])));
  await restoreAll('of the healed');
  return wrong.slice(0, 10);
};
