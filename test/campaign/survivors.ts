/** Much damage to the replicas: what is whole on one of them comes back, what is whole on none is named, and all three are whole again. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { heal, type RunEvent, Session, sync } from '@triplicate/core';
import { seededRandom, temporaryFolder } from '@triplicate/core/testing';
import { copyTree, destinations, pipelineOf, Trees } from '../crash/scenario.ts';
import { init, restoreFolder, run } from '../kit/commands.ts';
import { harm, harms, type Kind, objectsOf } from '../kit/damage.ts';
import { packsOf, type PackUse } from '../kit/packs.ts';
import { complaints } from '../kit/restic.ts';
import { differences } from '../kit/same-tree.ts';
import type { Campaign } from './main.ts';

const kinds: readonly Kind[] = ['data', 'index', 'snapshots'];
/** In turn. */
const manners = ['one deleted', 'all damaged', 'one deleted and a pack gone', 'all damaged and a pack gone'] as const;

export const survivors: Campaign = async (count, seed) => {
  const random = seededRandom(seed);
  await using folder = await temporaryFolder();
  const trees = new Trees(folder.path);
  const template = join(folder.path, 'template');
  const { sources } = trees;
  await init(pipelineOf(template, sources));
  await run(pipelineOf(template, sources));
  trees.change();
  await run(pipelineOf(template, sources));
  const losable = await packsToLose(template, trees);
  const tally = { failed: 0, objects: 0, warnings: 0, named: 0 };
  for (let i = 0; i < count; i += 1) {
    const manner = manners[i % manners.length] ?? 'all damaged';
    const home = copyTree(template, join(folder.path, 'damaged'));
    const deleted = manner.startsWith('one deleted') ? pick(random, destinations) : undefined;
    if (deleted !== undefined) rmSync(join(home, deleted), { recursive: true });
    const left = destinations.filter((name) => name !== deleted);
    const objects = damageAll(home, left, random);
    const gone = manner.endsWith('gone') ? pick(random, losable) : undefined;
    if (gone) for (const name of left) loseEverywhere(join(home, name), gone.pack, random);
    const survival = new Survival(home, trees, { deleted, lost: gone?.files ?? [] });
    const wrong = await survival.play();
    tally.objects += objects;
    tally.warnings += survival.warnings;
    tally.named += gone?.files.length ?? 0;
    if (wrong.length > 0) tally.failed += 1;
    say(`${i + 1}/${count} ${manner}: ${objects} objects damaged${wrong.length > 0 ? ', WRONG' : ''}`);
    for (const line of wrong.slice(0, 10)) say(`    ${line}`);
    rmSync(home, { recursive: true });
  }
  say(
    `${tally.objects} objects damaged in ${count} rounds; ${tally.warnings} times something was gone around and said so; ` +
      `${tally.named} files were lost and named; rounds in which something did not hold: ${tally.failed}`,
  );
  return tally.failed === 0;
};

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const pick = <T>(random: () => number, items: readonly T[]): T => {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new TypeError('nothing to choose from');
  return item;
};

interface Losable {
  readonly pack: string;
  readonly files: readonly string[];
}

/** Packs whose every piece is in the folders as they are now: the next backup can make it anew. */
const packsToLose = async (home: string, { sources }: Trees): Promise<Losable[]> => {
  await using session = await Session.open(pipelineOf(home, sources), { lock: 'read' });
  const newest = new Set(session.snapshots.slice(-Object.keys(sources).length).map(({ id }) => id));
  const uses: { readonly live: boolean; readonly packs: Map<string, PackUse> }[] = [];
  for (const { id, file } of session.snapshots)
    uses.push({ live: newest.has(id), packs: await packsOf(session, file.tree) });
  const live = uses.filter((use) => use.live).flatMap(({ packs }) => [...packs]);
  const known = new Set(live.flatMap(([, { blobs }]) => [...blobs]));
  const others = new Set(
    uses.flatMap(({ packs }) =>
      [...packs].filter(([, { blobs }]) => [...blobs].some((blob) => !known.has(blob))).map(([pack]) => pack),
    ),
  );
  return [...new Set(live.map(([pack]) => pack))]
    .filter((pack) => !others.has(pack))
    .map((pack) => ({ pack, files: live.flatMap(([id, { files }]) => (id === pack ? [...files] : [])) }));
};

/** Of each object one copy is let alone, chosen by chance. */
const damageAll = (home: string, left: readonly string[], random: () => number): number => {
  const share = random();
  const first = join(home, left[0] ?? '');
  let done = 0;
  for (const kind of kinds) {
    for (const path of objectsOf(first, kind).map((object) => object.slice(first.length))) {
      const whole = pick(random, left);
      for (const name of left) {
        if (name === whole || random() >= share) continue;
        harm(join(home, name, path), pick(random, harms), random());
        done += 1;
      }
    }
  }
  return done;
};

const loseEverywhere = (replica: string, pack: string, random: () => number): void => {
  const path = objectsOf(replica, 'data').find((object) => object.endsWith(pack));
  if (path !== undefined) harm(path, random() < 0.5 ? 'missing' : 'truncate', 0);
};

interface Harmed {
  readonly deleted: string | undefined;
  /** Paths from the root of the snapshot of files that nobody has all of. */
  readonly lost: readonly string[];
}

/** What a person does after it: restores, makes the lost replica anew, syncs, heals, and backs up what is gone. */
class Survival {
  readonly #home: string;
  readonly #trees: Trees;
  readonly #harmed: Harmed;
  readonly #wrong: string[] = [];
  warnings = 0;

  constructor(home: string, trees: Trees, harmed: Harmed) {
    this.#home = home;
    this.#trees = trees;
    this.#harmed = harmed;
  }

  async play(): Promise<readonly string[]> {
    const { deleted, lost } = this.#harmed;
    const { sources } = this.#trees;
    const pipeline = pipelineOf(this.#home, sources);
    await this.#restoreAll('damaged', lost);
    if (deleted !== undefined) {
      const { created } = await init(pipeline);
      if (created.map(({ destination }) => destination).join() !== deleted) this.#wrong.push('init made another one');
    }
    await sync(pipeline, { dryRun: false });
    const healed = await heal(pipeline, { dryRun: false });
    // What nobody has is still in the sources.
    for (const { destination, left } of healed)
      this.#wrong.push(...left.map(({ message }) => `left on ${destination}: ${message}`));
    if (lost.length > 0 && healed.every(({ resealed }) => resealed === 0))
      this.#wrong.push('heal does not say that it sealed anything anew');
    // A snapshot whose packs were damaged as well can only be brought now.
    await sync(pipeline, { dryRun: false });
    const homes = destinations.map((name) => join(this.#home, name));
    this.#wrong.push(...(await complaints(homes, ['check', '--read-data'])));
    const [first, ...others] = homes.map((path) =>
      objectsOf(path, 'snapshots').map((object) => object.slice(path.length)),
    );
    if (others.some((other) => other.join() !== first?.join())) this.#wrong.push('they do not list the same snapshots');
    for (const name of destinations) await this.#restoreAll(`whole again, from ${name}`, [], name);
    return this.#wrong;
  }

  /** Exactly the `lost` files are named and missing; all else is as it was. */
  async #restoreAll(when: string, lost: readonly string[], fromDestination?: string): Promise<void> {
    const { sources } = this.#trees;
    const emit = (event: RunEvent): void => void (event.type === 'warning' && (this.warnings += 1));
    const pipeline = { ...pipelineOf(this.#home, sources), emit };
    for (const [source, [folder = '']] of Object.entries(sources)) {
      const to = join(this.#home, 'restored');
      const only = fromDestination === undefined ? {} : { fromDestination };
      const { problems } = await restoreFolder(pipeline, { snapshot: `latest:${source}`, folder, to, ...only });
      const expected = lost.filter((path) => path.startsWith(`${folder.slice(1)}/`));
      const named = problems.map(({ path }) => path);
      if (named.toSorted().join('\n') !== expected.toSorted().join('\n'))
        this.#wrong.push(
          `${when}: ${problems.map(({ path, error }) => `${path}: ${error.message}`).join('; ')}, not ${expected.join('; ')}`,
        );
      const inside = expected.map((path) => path.slice(folder.length));
      const other = differences(this.#trees.path('live', source), to).filter(
        (line) =>
          !inside.some((path) => line === `only in the first: ${path}`) &&
          !(inside.length > 0 && line.startsWith('time: ')),
      );
      this.#wrong.push(...other.map((line) => `${when}: ${line}`));
      rmSync(to, { recursive: true, force: true });
    }
  }
}
