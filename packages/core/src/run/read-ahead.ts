import type { Replica } from '../repository/replica.ts';

/** Reads from replicas as soon as each of them may be read, and once more if it turns out that one may not after all. */
export class ReadAhead<T> {
  readonly #read: (replicas: readonly Replica[]) => Promise<T>;
  readonly #left: Set<Replica>;
  readonly #replicas: readonly Replica[];
  #begun: Promise<T> | undefined;

  constructor(replicas: readonly Replica[], read: (replicas: readonly Replica[]) => Promise<T>) {
    this.#read = read;
    this.#replicas = replicas.toSorted((a, b) => a.mask - b.mask);
    this.#left = new Set(replicas);
  }

  /** It may be read from now on. */
  ready(replica: Replica): void {
    if (!this.#left.delete(replica) || this.#left.size > 0) return;
    this.#begun = this.#read(this.#replicas);
    // Nobody may ever ask for it.
    this.#begun.catch(() => undefined);
  }

  /** What was read since is worth nothing, and it is not ready again. */
  takeBack(): void {
    this.#begun = undefined;
    this.#left.clear();
  }

  /** Of these replicas: what was begun when it is of the same, or else read now. */
  of(replicas: readonly Replica[]): Promise<T> {
    const isSame = replicas.length === this.#replicas.length && replicas.every((one) => this.#replicas.includes(one));
    return isSame && this.#begun ? this.#begun : this.#read(replicas);
  }
}
