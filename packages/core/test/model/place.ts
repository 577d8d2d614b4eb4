/** One destination of the model: what is stored there, and how it behaves now. */
import { BackupError } from '../../src/errors.ts';
import type { Destination } from '../../src/destination/destination.ts';
import { FaultyDestination, MemoryDestination, type MemoryStore } from '../../src/testing/index.ts';
import type { PlaceName, Trouble } from './steps.ts';

export interface Place {
  readonly name: PlaceName;
  readonly store: MemoryStore;
  /** Damaged since it was healed: nothing is promised of what it lists. */
  dirty: boolean;
}

/** Counts the operations of a process on all destinations, and does something at one of them. */
export class Lifeline {
  #left: number;
  readonly #atThat: () => void;
  readonly #ends: boolean;
  #over = false;

  /** `ends`: from then on no call gets through anywhere. */
  constructor(at: number, options: { readonly ends: boolean; readonly atThat: () => void }) {
    this.#left = at;
    this.#ends = options.ends;
    this.#atThat = options.atThat;
  }

  pass(): void {
    this.#left -= 1;
    if (this.#left === 0) {
      this.#atThat();
      this.#over = this.#ends;
    }
    if (this.#over) throw new BackupError('UNAVAILABLE', 'the process is gone');
  }
}

export interface OpenOptions {
  readonly trouble: Trouble | undefined;
  readonly lifeline: Lifeline | undefined;
  readonly costly: boolean;
}

export const openPlace = (place: Place, { trouble, lifeline, costly }: OpenOptions): Destination => {
  if (trouble?.kind === 'away' && trouble.places.includes(place.name))
    throw new BackupError('UNAVAILABLE', 'not there');
  const memory = new MemoryDestination({ label: place.name, store: place.store, capabilities: { egressCost: costly } });
  const faulty = new FaultyDestination(memory, [], { hook: () => lifeline?.pass() });
  if (trouble?.kind === 'fails' && trouble.place === place.name) {
    faulty.inject({
      failOn: ['put', 'get', 'stat', 'list', 'delete'],
      at: trouble.at,
      times: trouble.times === 'once' ? 1 : Number.POSITIVE_INFINITY,
      error: new BackupError(trouble.code, 'the model let this call fail'),
      afterEffect: trouble.afterEffect,
    });
  }
  return faulty;
};

/** Names in a store, e.g. of the snapshots. */
export const idsIn = (store: MemoryStore, prefix: string): string[] =>
  [...store.keys()].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length));
