/** Objects that snapshots need rot away on three destinations, day by day on a fake clock, while a verification reads its share a day. */
import { hash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync, chmodSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Catalog, type Pipeline, Session, verifyDue, type VerifyResult } from '@triplicate/core';
import { FakeClock, seededInteger, seededRandom, hastyClock } from '@triplicate/core/testing';
import { init, run } from '../kit/commands.ts';
import { harm, type Kind, objectsOf } from '../kit/damage.ts';
import { localPipeline } from '../kit/local-pipeline.ts';
import { seededBytes, writeSampleTree } from '../kit/sample-tree.ts';
import { destinations } from './scenario.ts';

const day = 86_400_000;
export const periodDays = 7;
const kinds: readonly Kind[] = ['data', 'data', 'data', 'index', 'snapshots'];
const manners = ['bit', 'truncation', 'deletion', 'swap'] as const;
type Manner = (typeof manners)[number];

interface Damage {
  readonly destination: string;
  readonly kind: Kind;
  readonly manner: Manner;
  readonly id: string;
  readonly path: string;
  readonly at: number;
}

export interface RotReport {
  /** How many of each, as `bit of a pack`. */
  readonly damages: ReadonlyMap<string, number>;
  readonly days: number;
  readonly found: number;
  readonly healed: number;
  /** Never found, or found later than its period allows. */
  readonly undetected: readonly string[];
  /** Found, and not whole afterwards although a sibling had it; or told though nothing was wrong. */
  readonly wrong: readonly string[];
  readonly longestDays: number;
}

/** Stands in `home`: one folder for each destination. */
export const rot = async (home: string, count: number, seed: number): Promise<RotReport> => {
  const world = new RottingWorld(home, seed);
  await world.fill();
  while (world.made < count) await world.liveOneDay(count);
  for (let rest = 0; rest < periodDays; rest += 1) await world.liveOneDay(0);
  return world.report();
};

class RottingWorld {
  readonly #home: string;
  readonly #random: () => number;
  readonly #clock = new FakeClock('2026-01-01T03:00:00Z');
  readonly #pipeline: Pipeline;
  readonly #live: string;
  #open: Damage[] = [];
  readonly #damages = new Map<string, number>();
  readonly #undetected: string[] = [];
  readonly #wrong: string[] = [];
  made = 0;
  #days = 0;
  #found = 0;
  #healed = 0;
  #longest = 0;

  constructor(home: string, seed: number) {
    this.#home = home;
    this.#random = seededRandom(seed);
    this.#live = join(home, 'live');
    const clock = this.#clock;
    this.#pipeline = localPipeline({
      home,
      paths: [this.#live],
      destinations,
      over: {
        clock: hastyClock(clock),
        packBytes: 96 * 1024,
        catalog: new Catalog(':memory:'),
      },
    });
  }

  /** Several snapshots, each with an index of its own. */
  async fill(): Promise<void> {
    writeSampleTree(this.#live, { seed: 4, folders: 3, filesInFolder: 10, largeBytes: 500_000 });
    await init(this.#pipeline);
    for (let turn = 0; turn < 4; turn += 1) {
      writeFileSync(join(this.#live, `file of day ${turn}`), seededBytes(turn + 70, 300_000));
      await run(this.#pipeline);
      this.#pass(day);
    }
  }

  /** Some things break in the course of it, and in the night a share is read. */
  async liveOneDay(most: number): Promise<void> {
    const named = await this.#namedPacks();
    const today = Math.min(most - this.made, seededInteger(this.#random, 1, 9));
    for (let i = 0; i < today; i += 1) this.#breakSomething(seededInteger(this.#random, 0, day - 1), named);
    this.#pass(day);
    this.#days += 1;
    for (const result of await verifyDue(this.#pipeline, { withinMs: periodDays * day, untilNextMs: day }))
      this.#judge(result);
    const now = this.#clock.now().getTime();
    const late = this.#open.filter(({ at }) => now - at > periodDays * day);
    this.#undetected.push(...late.map(nameOf));
    this.#open = this.#open.filter((damage) => !late.includes(damage));
  }

  #pass(ms: number): void {
    this.#clock.set(new Date(this.#clock.now().getTime() + ms));
  }

  /** By destination: what no index names is needed by nothing. */
  async #namedPacks(): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
    await using session = await Session.open(this.#pipeline, { lock: 'read' });
    const { packNumbers, table } = session.index;
    const on = (mask: number): string[] =>
      [...packNumbers].filter(([, pack]) => (table.packs.presence(pack) & mask) !== 0).map(([id]) => id);
    return new Map(session.replicas.map(({ name, mask }) => [name, new Set(on(mask))]));
  }

  #breakSomething(after: number, named: ReadonlyMap<string, ReadonlySet<string>>): void {
    const destination = this.#pick(destinations);
    const kind = this.#pick(kinds);
    const manner = kind === 'data' ? this.#pick(manners) : this.#pick(manners.slice(0, 3));
    const candidates = objectsOf(join(this.#home, destination), kind)
      .filter((path) => kind !== 'data' || named.get(destination)?.has(basename(path)) === true)
      .filter((path) => this.#mayBreak(destination, path));
    const path = candidates.length > 0 ? this.#pick(candidates) : undefined;
    const others = candidates.filter((other) => other !== path);
    if (path === undefined || (manner === 'swap' && others.length === 0)) return;
    const at = this.#clock.now().getTime() + after;
    const note = (broken: string): void => {
      const damage = { destination, kind, manner, id: basename(broken), path: broken, at };
      this.#open.push(damage);
      const what = `${manner} of ${nameOfKind[kind]}`;
      this.#damages.set(what, (this.#damages.get(what) ?? 0) + 1);
      this.made += 1;
    };
    if (manner === 'swap') {
      const other = this.#pick(others);
      const [first, second] = [readFileSync(path), readFileSync(other)];
      replace(path, second);
      replace(other, first);
      note(other);
    } else {
      harm(path, ({ bit: 'flip', truncation: 'truncate', deletion: 'missing' } as const)[manner], this.#random());
    }
    note(path);
  }

  /** It is whole here, and stays whole on one sibling at least. */
  #mayBreak(destination: string, path: string): boolean {
    const broken = this.#open.filter(({ id }) => id === basename(path)).map((damage) => damage.destination);
    const siblings = destinations.filter((name) => name !== destination && !broken.includes(name));
    const relative = path.slice(join(this.#home, destination).length);
    return !broken.includes(destination) && siblings.some((name) => existsSync(join(this.#home, name, relative)));
  }

  #judge({ destination, status, found, left, error }: VerifyResult): void {
    const own = this.#open.filter((damage) => damage.destination === destination);
    const named = new Set(found.map(({ id }) => id));
    const lacks = found.some(({ kind }) => kind === 'blob' || kind === 'tree');
    // Nobody can name an index that is gone, nor a pack that only it named: files that lack what they held are told.
    const isTold = (damage: Damage): boolean => {
      if (named.has(damage.id)) return true;
      const isUnnamed = damage.kind === 'data' || (damage.kind === 'index' && damage.manner === 'deletion');
      return lacks && isUnnamed && isWhole(damage);
    };
    const told = own.filter(isTold);
    this.#open = this.#open.filter((damage) => !told.includes(damage));
    if (found.length > 0 && told.length === 0)
      this.#wrong.push(`${destination}: told without reason: ${found.map(({ message }) => message).join('; ')}`);
    if (error || left.length > 0)
      this.#wrong.push(`${destination}: left: ${[error, ...left].map((one) => one?.message).join('; ')}`);
    for (const damage of told) {
      this.#found += 1;
      this.#longest = Math.max(this.#longest, this.#clock.now().getTime() - damage.at);
      if (status === 'healed' && isWhole(damage)) this.#healed += 1;
      else this.#wrong.push(`${nameOf(damage)}: ${status}, and not whole`);
    }
  }

  #pick<T>(items: readonly T[]): T {
    const item = items[seededInteger(this.#random, 0, items.length - 1)];
    if (item === undefined) throw new TypeError('nothing to choose from');
    return item;
  }

  report(): RotReport {
    return {
      damages: this.#damages,
      days: this.#days,
      found: this.#found,
      healed: this.#healed,
      undetected: [...this.#undetected, ...this.#open.map(nameOf)],
      wrong: this.#wrong,
      longestDays: this.#longest / day,
    };
  }
}

const nameOfKind: Readonly<Record<Kind, string>> = { data: 'a pack', index: 'an index', snapshots: 'a snapshot' };

const nameOf = ({ manner, kind, id, destination }: Damage): string =>
  `${manner} of ${nameOfKind[kind]} ${id.slice(0, 8)} on ${destination}`;

/** An index that is gone may have been made anew under another name. */
const isWhole = ({ path, id, kind, manner }: Damage): boolean =>
  existsSync(path) ? hash('sha256', readFileSync(path)) === id : kind === 'index' && manner === 'deletion';

const replace = (path: string, bytes: Buffer): void => {
  chmodSync(path, 0o600);
  writeFileSync(path, bytes);
};
