import { randomInt } from 'node:crypto';
import fc from 'fast-check';

/** fast-check prints the seed of a run that fails; `FC_SEED` repeats it. */
const seed = process.env['FC_SEED'] === undefined ? randomInt(2 ** 31) : Number(process.env['FC_SEED']);

/** Holds for every value that `arbitrary` makes. */
export const holds = <T>(arbitrary: fc.Arbitrary<T>, predicate: (value: T) => void, runs = 300): void =>
  fc.assert(
    fc.property(arbitrary, (value) => {
      predicate(value);
    }),
    { seed, numRuns: runs },
  );
