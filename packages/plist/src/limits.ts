import { PlistError } from './error.ts';

export interface PlistLimits {
  /** Length of the input. */
  readonly maxBytes?: number;
  /** Values in the result, each counted as often as it is referred to. */
  readonly maxObjects?: number;
  /** Containers inside containers. */
  readonly maxDepth?: number;
  /** `wrapped` gives every real as a PlistReal, so that `2.0` is written as a real again. */
  readonly reals?: 'number' | 'wrapped';
}

export type ResolvedLimits = Required<PlistLimits>;

/** Far above any list that a phone was seen to write, far below what harms this process. */
export const defaultLimits: ResolvedLimits = {
  maxBytes: 256 * 1024 * 1024,
  maxObjects: 4_000_000,
  maxDepth: 128,
  reals: 'number',
};

/** Counts what is read and throws when it is too much. */
export class Budget {
  readonly #limits: ResolvedLimits;
  #objects = 0;

  constructor(limits: ResolvedLimits) {
    this.#limits = limits;
  }

  spend(objects: number): void {
    this.#objects += objects;
    if (this.#objects > this.#limits.maxObjects)
      throw new PlistError(`property list with more than ${this.#limits.maxObjects} values`);
  }

  enter(depth: number): void {
    if (depth > this.#limits.maxDepth)
      throw new PlistError(`property list nested deeper than ${this.#limits.maxDepth} levels`);
  }
}
