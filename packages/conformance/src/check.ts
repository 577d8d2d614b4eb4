/** One promise of a contract, as data: it needs no test runner, so that people can run it against their own account. */
export interface Check<Scope> {
  /** A sentence whose subject is what is checked, e.g. `gives back 65536 bytes exactly as they came`. */
  readonly name: string;
  /** For a person when it fails: what is wrong with the account or the place, and how to mend it. */
  readonly plain: string;
  /** Moves many megabytes or makes many calls; left out where each of them costs money. */
  readonly heavy?: boolean;
  /** Rejects, usually with an AssertionError, when the promise is not kept. */
  run(scope: Scope): Promise<void>;
}

/** The two words that test runners agree on; `vitest` and `node:test` both fit. */
export interface Runner {
  describe(name: string, body: () => void): unknown;
  it(name: string, body: (context: { skip(reason?: string): unknown }) => Promise<void>): unknown;
}

/** Everything that is drawn by chance comes from a seed that stands in the name of the group; give it back to see the same again. */
export interface Seeded {
  readonly seed?: number;
}

/** Like `seed`, when there is none: from the time in the process, which is all that has to differ between two runs. */
export const drawSeed = (): number => Math.floor(performance.timeOrigin + performance.now()) % 2 ** 31;
