/** What can happen to three replicas, as data: a list of steps is made from a seed, printed, played, and made shorter when it fails. */
import { seededInteger, seededRandom } from '../../src/testing/index.ts';
import type { ErrorCode } from '../../src/errors.ts';
import type { Wait } from '../../src/run/backup.ts';

export const placeNames = ['a', 'b', 'c'] as const;
export type PlaceName = (typeof placeNames)[number];

/** What goes wrong while a command works. */
export type Trouble =
  | { readonly kind: 'away'; readonly places: readonly PlaceName[] }
  | {
      readonly kind: 'fails';
      readonly place: PlaceName;
      /** The so many-th operation there. */
      readonly at: number;
      readonly times: 'once' | 'from then on';
      readonly code: ErrorCode;
      /** It takes effect all the same. */
      readonly afterEffect: boolean;
    }
  /** At the so many-th operation of all together the process is gone, or a person interrupts it. */
  | { readonly kind: 'killed' | 'interrupted'; readonly at: number };

export type Step =
  | {
      readonly do: 'run';
      readonly seed: number;
      readonly edits: number;
      readonly wait: Wait;
      readonly force: boolean;
      readonly trouble?: Trouble;
    }
  | { readonly do: 'sync' | 'heal'; readonly trouble?: Trouble }
  | { readonly do: 'check' }
  /** Ours, on every place; `all`: whatever nothing needs goes. */
  | { readonly do: 'own prune'; readonly all: boolean; readonly trouble?: Trouble }
  /** The oldest snapshot by its name, on every place that is there. */
  | { readonly do: 'own forget'; readonly trouble?: Trouble }
  | { readonly do: 'prune'; readonly place: PlaceName; readonly seed: number }
  /** `again`: a new replica is made in its place at once. */
  | { readonly do: 'lose'; readonly place: PlaceName; readonly again: boolean }
  | { readonly do: 'init' }
  | { readonly do: 'damage'; readonly places: readonly PlaceName[]; readonly seed: number; readonly objects: number }
  | { readonly do: 'forget'; readonly places: readonly PlaceName[] }
  | { readonly do: 'forget the state' };

const codes: readonly ErrorCode[] = ['UNAVAILABLE', 'QUOTA_EXCEEDED', 'IO', 'AUTH', 'READ_ONLY'];

/** How often each happens, by a hundred. */
const weights: Readonly<Record<Step['do'], number>> = {
  run: 36,
  sync: 12,
  heal: 12,
  check: 2,
  lose: 3,
  init: 4,
  damage: 10,
  prune: 5,
  'own prune': 8,
  forget: 3,
  'own forget': 5,
  'forget the state': 2,
};

export const makeSteps = (seed: number, count: number): Step[] => {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => makeStep(random));
};

type Random = () => number;

const pick = <T>(random: Random, items: readonly T[]): T => {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new TypeError('nothing to choose from');
  return item;
};

const somePlaces = (random: Random): PlaceName[] => {
  const some = placeNames.filter(() => random() < 0.4);
  return some.length > 0 ? some : [pick(random, placeNames)];
};

const makeStep = (random: Random): Step => {
  const what = chooseKind(random);
  const seed = seededInteger(random, 1, 2 ** 30);
  if (what === 'run') {
    const wait = pick(random, ['all', 'all', 'all', 'all', 'quorum', 'none'] as const);
    const edits = seededInteger(random, 0, 6);
    return { do: what, seed, edits, wait, force: random() < 0.1, ...maybeTrouble(random, 0.5, 85) };
  }
  if (what === 'sync') return { do: what, ...maybeTrouble(random, 0.4, 70) };
  if (what === 'heal') return { do: what, ...maybeTrouble(random, 0.4, 250) };
  if (what === 'own prune') return { do: what, all: random() < 0.5, ...maybeTrouble(random, 0.6, 90) };
  if (what === 'own forget') return { do: what, ...maybeTrouble(random, 0.4, 30) };
  if (what === 'prune') return { do: what, place: pick(random, placeNames), seed };
  if (what === 'lose') return { do: what, place: pick(random, placeNames), again: random() < 0.7 };
  if (what === 'damage') {
    const places = random() < 0.5 ? [pick(random, placeNames)] : somePlaces(random);
    return { do: what, places, seed, objects: seededInteger(random, 1, 3) };
  }
  if (what === 'forget') return { do: what, places: random() < 0.5 ? [...placeNames] : somePlaces(random) };
  return { do: what };
};

const chooseKind = (random: Random): Step['do'] => {
  let lot = random() * 100;
  for (const [kind, weight] of Object.entries(weights) as [Step['do'], number][]) {
    lot -= weight;
    if (lot < 0) return kind;
  }
  return 'check';
};

/** `operations` is about how many a command makes. */
const maybeTrouble = (random: Random, chance: number, operations: number): { readonly trouble?: Trouble } => {
  if (random() >= chance) return {};
  const at = seededInteger(random, 1, operations);
  const lot = random();
  if (lot < 0.25) return { trouble: { kind: 'away', places: somePlaces(random) } };
  if (lot < 0.55) return { trouble: { kind: 'killed', at } };
  if (lot < 0.65) return { trouble: { kind: 'interrupted', at } };
  const times = random() < 0.5 ? 'once' : 'from then on';
  const afterEffect = random() < 0.3;
  const place = pick(random, placeNames);
  return { trouble: { kind: 'fails', place, at: Math.ceil(at / 3), times, code: pick(random, codes), afterEffect } };
};
