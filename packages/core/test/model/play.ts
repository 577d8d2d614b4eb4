/** Plays a list of steps and looks after each whether everything holds that must. */
import { BackupError, isBackupError } from '../../src/errors.ts';
import type { Outcome } from '../../src/events.ts';
import { check } from '../../src/run/check.ts';
import { forget } from '../../src/run/forget.ts';
import { heal } from '../../src/run/heal.ts';
import { prune } from '../../src/run/prune.ts';
import { Session } from '../../src/run/session.ts';
import { sync } from '../../src/run/sync.ts';
import { walkTree } from '../../src/snapshot/walk-tree.ts';
import { seededRandom } from '../../src/testing/index.ts';
import { init, run } from '../kit/repository.ts';
import { damageOne } from './damage.ts';
import { healLine, outcomeLine, syncLine } from './lines.ts';
import type { Place } from './place.ts';
import { brokenPromises, difference, learnNew, Seen } from './promise.ts';
import { pruneStore } from './prune.ts';
import { edit } from './sources.ts';
import type { Step, Trouble } from './steps.ts';
import { sourceNames, World, type WorldOptions } from './world.ts';

export interface Played {
  /** What happened, a line for each step. */
  readonly log: readonly string[];
  /** What does not hold; the last step of `log` is the one that broke it. */
  readonly wrong: readonly string[];
  /** Snapshots read from one replica alone and compared. */
  readonly reads: number;
}

/** More than so many make the test slow and no better. */
const mostSnapshots = 8;

export const play = async (steps: readonly Step[], options: WorldOptions): Promise<Played> => {
  const player = new Player(new World(options));
  await player.begin();
  const log: string[] = [];
  for (const step of steps) {
    const wrong: string[] = [];
    const said = await player.take(step, wrong);
    log.push(`${JSON.stringify(step)} → ${said}`);
    wrong.push(...(await player.look()));
    if (wrong.length > 0) return { log, wrong, reads: player.reads };
  }
  return { log, wrong: [], reads: player.reads };
};

class Player {
  readonly #world: World;
  readonly #seen = new Seen();

  constructor(world: World) {
    this.#world = world;
  }

  get reads(): number {
    return this.#seen.reads;
  }

  async begin(): Promise<void> {
    for (const source of sourceNames) edit(this.#world.files[source], 10, seededRandom(source.length));
    await init(this.#world.pipeline());
  }

  async look(): Promise<string[]> {
    await learnNew(this.#world);
    return brokenPromises(this.#world, this.#seen);
  }

  /** What it did, for the log. Whatever is thrown and is no BackupError is wrong. */
  async take(step: Step, wrong: string[]): Promise<string> {
    try {
      return await this.#do(step, wrong);
    } catch (error) {
      if (!isBackupError(error))
        wrong.push(`threw ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
      else if (!('trouble' in step) && !this.#mayFail(step))
        wrong.push(`failed without trouble: ${error.code} ${error.message}`);
      return `threw ${String(error)}`;
    }
  }

  #mayFail(step: Step): boolean {
    return step.do === 'init' || this.#world.places.some(({ dirty, store }) => dirty || !store.has('config'));
  }

  async #do(step: Step, wrong: string[]): Promise<string> {
    const world = this.#world;
    if (step.do === 'run') return this.#run(step, wrong);
    if (step.do === 'sync') return this.#sync(step, wrong);
    if (step.do === 'heal') return this.#heal(step, wrong);
    if (step.do === 'check') return this.#check(wrong);
    if (step.do === 'own prune') return this.#ownPrune(step, wrong);
    if (step.do === 'own forget') return this.#ownForget(step);
    if (step.do === 'prune') return this.#prune(world.place(step.place), step.seed);
    if (step.do === 'damage') return this.#damage(step);
    if (step.do === 'init') {
      const { created } = await init(world.pipeline());
      return `made ${created.map(({ destination }) => destination).join(', ') || 'nothing'}`;
    }
    if (step.do === 'lose') {
      // The last one that is whole stays, or there would be nothing left to promise.
      if (!world.places.some((other) => other.name !== step.place && !other.dirty && other.store.has('config')))
        return 'left it';
      world.place(step.place).store.clear();
      world.place(step.place).dirty = false;
      if (step.again) await init(world.pipeline());
      return 'lost';
    }
    if (step.do === 'forget') return this.#forgetOldest(step.places.map((name) => world.place(name)));
    world.forgetState();
    return 'forgot';
  }

  async #run(step: Extract<Step, { do: 'run' }>, wrong: string[]): Promise<string> {
    const world = this.#world;
    const random = seededRandom(step.seed);
    for (const source of sourceNames) edit(world.files[source], step.edits, random);
    const bystanders = step.wait === 'all' ? this.#bystanders(step.trouble) : undefined;
    const { wait, force } = step;
    const report = await run(world.pipeline(step.trouble), { wait, force });
    const statuses = report.outcomes.map(({ source, destination, status }) => `${source}/${destination} ${status}`);
    for (const { source, snapshot } of report.sources) if (snapshot !== undefined) world.learn(snapshot, source);
    for (const outcome of report.outcomes) this.#judgeOutcome(outcome, report.sources, wrong);
    if (bystanders) {
      const less = report.outcomes.filter(
        ({ destination, status }) => bystanders.has(destination) && status !== 'stored',
      );
      wrong.push(...less.map(outcomeLine));
    }
    await this.#keepFew();
    return statuses.join(', ');
  }

  /**
   * The places that must store every snapshot of a run: when all is sound, those that are not in trouble themselves. One that lacks a
   * snapshot of the place in trouble may need it to catch up; a process that is killed or interrupted promises nothing.
   */
  #bystanders(trouble: Trouble | undefined): ReadonlySet<string> | undefined {
    const { places } = this.#world;
    if (places.some(({ dirty, store }) => dirty || !store.has('config'))) return undefined;
    if (trouble === undefined) return this.#notStuck();
    if ('at' in trouble && !('place' in trouble)) return undefined;
    const affected = 'places' in trouble ? trouble.places : [trouble.place];
    const others = places.filter(({ name }) => !affected.includes(name));
    const all = this.#world.snapshots.size;
    return new Set(others.filter((place) => this.#world.listed(place).length === all).map(({ name }) => name));
  }

  /** Where only the costly place has a snapshot, what a source builds on may be there alone, and the others wait for a sync. */
  #notStuck(): ReadonlySet<string> {
    const { places, costly } = this.#world;
    const free = new Set(places.flatMap((place) => (place.name === costly ? [] : this.#world.listed(place))));
    const stuck = [...this.#world.snapshots].some((id) => !free.has(id));
    return new Set(places.map(({ name }) => name).filter((name) => !stuck || name === costly));
  }

  /** What is said to be stored has to be there. */
  #judgeOutcome(
    { source, destination, status }: Outcome,
    sources: readonly { readonly source: string; readonly snapshot?: string }[],
    wrong: string[],
  ): void {
    const id = sources.find((report) => report.source === source)?.snapshot;
    const place = this.#world.places.find(({ name }) => name === destination);
    if (status !== 'stored' || place === undefined) return;
    if (id === undefined || !place.store.has(`snapshots/${id}`))
      wrong.push(`${source} is not stored on ${destination}, as it was said`);
  }

  async #sync(step: Extract<Step, { do: 'sync' | 'heal' }>, wrong: string[]): Promise<string> {
    const world = this.#world;
    const results = await sync(world.pipeline(step.trouble), { dryRun: false });
    if (step.trouble === undefined && world.places.every(({ dirty, store }) => !dirty && store.has('config'))) {
      const all = world.snapshots.size;
      const fewer = world.places.filter((place) => world.listed(place).length < all);
      wrong.push(...fewer.map(({ name }) => `${name} lacks snapshots after a sync`));
      wrong.push(...results.filter(({ status }) => status !== 'synced').map((result) => `sync of ${syncLine(result)}`));
    }
    return results.map(syncLine).join(', ');
  }

  async #heal(step: Extract<Step, { do: 'sync' | 'heal' }>, wrong: string[]): Promise<string> {
    const world = this.#world;
    const needed = step.trouble === undefined ? await this.#healable() : [];
    const results = await heal(world.pipeline(step.trouble), { dryRun: false });
    const said = results.map(healLine).join(', ');
    for (const { destination, status } of results) {
      const place = world.places.find(({ name }) => name === destination);
      if (place && (status === 'healed' || status === 'whole')) place.dirty = false;
      if (place && status === 'damaged' && !place.dirty)
        wrong.push(`heal found ${destination} damaged, which nobody damaged`);
    }
    if (step.trouble !== undefined) return said;
    for (const { name } of needed.filter(({ dirty }) => dirty)) {
      const left = results.find(({ destination }) => destination === name)?.left ?? [];
      wrong.push(`${name} was not healed, although all was there: ${left.map(({ message }) => message).join('; ')}`);
    }
    const left = world.places.filter(({ dirty, store }) => dirty && store.has('config'));
    return left.length === 0 ? said : `${said}; ${await this.#giveUpBroken(left, wrong)}`;
  }

  /** Damaged places whose snapshots can all be had from the three together. */
  async #healable(): Promise<Place[]> {
    const world = this.#world;
    const dirty = world.places.filter((place) => place.dirty && place.store.has('config'));
    if (dirty.length === 0) return [];
    await using session = await Session.open(world.pipeline(), { lock: 'read' });
    const whole = new Set<string>();
    for (const snapshot of session.snapshots) {
      const found = await difference(session, snapshot, world.learn(snapshot.id, snapshot.source));
      if (found === undefined) whole.add(snapshot.id);
    }
    return dirty.filter((place) => world.listed(place).every((id) => whole.has(id)));
  }

  /** Nobody has what is lost. A person forgets the snapshots that need it; then the rest must heal. */
  async #giveUpBroken(places: readonly Place[], wrong: string[]): Promise<string> {
    const world = this.#world;
    let dropped = 0;
    for (const place of places) {
      await using session = await Session.open(world.pipeline(), { lock: 'read', only: new Set([place.name]) });
      for (const id of world.listed(place)) {
        const snapshot = session.snapshots.find((candidate) => candidate.id === id);
        if (snapshot && (await difference(session, snapshot, world.learn(id, snapshot.source))) === undefined) continue;
        place.store.delete(`snapshots/${id}`);
        dropped += 1;
      }
    }
    const results = await heal(world.pipeline(), { dryRun: false });
    for (const { destination, status, left, error } of results) {
      const place = world.places.find(({ name }) => name === destination);
      if (!place?.store.has('config')) continue;
      if (status === 'healed' || status === 'whole') place.dirty = false;
      else
        wrong.push(
          `${destination} is ${status} without its broken snapshots: ${left.map(({ message }) => message).join('; ')} ${error?.message ?? ''}`,
        );
    }
    return `forgot ${dropped} broken ones; ${results.map(healLine).join(', ')}`;
  }

  async #check(wrong: string[]): Promise<string> {
    const results = await check(this.#world.pipeline(), { readData: 'all', random: () => 0.5 });
    for (const { destination, status, errors, error } of results) {
      const place = this.#world.places.find(({ name }) => name === destination);
      if (!place || place.dirty || !place.store.has('config') || status === 'whole') continue;
      wrong.push(
        `check finds ${destination} ${status}: ${errors.map(({ message }) => message).join('; ')} ${error?.message ?? ''}`,
      );
    }
    return results.map(({ destination, status }) => `${destination} ${status}`).join(', ');
  }

  async #prune(place: Place, seed: number): Promise<string> {
    if (place.dirty || !place.store.has('config')) return 'left it';
    await using session = await Session.open(this.#world.pipeline(), { lock: 'read', only: new Set([place.name]) });
    const used = new Set<string>();
    for (const { file } of session.snapshots) {
      used.add(`tree ${file.tree}`);
      for await (const { node } of walkTree(session.trees, file.tree)) {
        if (node.subtree !== undefined) used.add(`tree ${node.subtree}`);
        for (const id of node.content ?? []) used.add(`data ${id}`);
      }
    }
    const [replica] = session.replicas;
    if (!replica) throw new BackupError('NO_REPOSITORY', 'no replica to prune');
    const packs = await pruneStore(place.store, { key: replica.masterKey, used, random: seededRandom(seed) });
    return `${packs} packs`;
  }

  async #ownPrune(step: Extract<Step, { do: 'own prune' }>, wrong: string[]): Promise<string> {
    const world = this.#world;
    const limits = step.all ? { maxUnused: { bytes: 0 } } : {};
    const results = await prune(world.pipeline(step.trouble), { dryRun: false, ...limits });
    if (step.trouble === undefined) {
      const sound = results.filter(({ destination }) => {
        const place = world.places.find(({ name }) => name === destination);
        return place !== undefined && !place.dirty && place.store.has('config');
      });
      wrong.push(
        ...sound
          .filter(({ status }) => status !== 'pruned')
          .map(({ destination, error }) => `${destination} was not pruned: ${error?.message}`),
      );
    }
    return results
      .map(({ destination, status, plan }) => `${destination} ${status} ${plan?.freedBytes ?? ''}`)
      .join(', ');
  }

  async #ownForget(step: Extract<Step, { do: 'own forget' }>): Promise<string> {
    const [oldest] = [...this.#world.contents.keys()].filter((id) => this.#world.snapshots.has(id));
    if (oldest === undefined || this.#world.snapshots.size < 3) return 'nothing to forget';
    const results = await forget(this.#world.pipeline(step.trouble), { snapshots: [oldest], dryRun: false });
    return results.map(({ destination, status, forgotten }) => `${destination} ${status} ${forgotten}`).join(', ');
  }

  #damage({ places, seed, objects }: Extract<Step, { do: 'damage' }>): string {
    const random = seededRandom(seed);
    const done: string[] = [];
    for (const name of places) {
      const place = this.#world.place(name);
      for (let i = 0; i < objects; i += 1) {
        const what = damageOne(place.store, random);
        if (what === undefined) continue;
        place.dirty = true;
        done.push(`${name}: ${what}`);
      }
    }
    return done.join(', ');
  }

  #forgetOldest(places: readonly Place[]): string {
    const [oldest] = [...this.#world.contents.keys()].filter((id) => this.#world.snapshots.has(id));
    if (oldest === undefined) return 'nothing to forget';
    for (const { store } of places) store.delete(`snapshots/${oldest}`);
    return `forgot ${oldest.slice(0, 8)}`;
  }

  async #keepFew(): Promise<void> {
    await this.look().then(() => undefined);
    while (this.#world.snapshots.size > mostSnapshots) this.#forgetOldest(this.#world.places);
  }
}
