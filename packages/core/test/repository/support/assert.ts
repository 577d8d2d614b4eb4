import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import { expect } from 'vitest';
import { type BackupError, type ErrorCode, isBackupError } from '../../../src/errors.ts';

/** The error that `work` fails with; it has to be ours and bear this code. */
const fails = async (work: () => unknown, code: ErrorCode): Promise<BackupError> => {
  try {
    await work();
  } catch (error) {
    if (!isBackupError(error)) throw error;
    expect({ code: error.code, message: error.message }).toEqual({ code, message: error.message });
    return error;
  }
  throw new Error(`expected ${code}, and nothing was thrown`);
};

/** Runs what may fail on hostile input: with one of our errors, or not at all. */
const survives = (work: () => unknown): void => {
  try {
    work();
  } catch (error) {
    if (!isBackupError(error)) throw error;
  }
};

/** fast-check prints the seed of a run that fails; `FC_SEED` repeats it. */
const seed = process.env['FC_SEED'] === undefined ? randomInt(2 ** 31) : Number(process.env['FC_SEED']);

/** Holds for every value that `arbitrary` makes. */
const holds = <T>(arbitrary: fc.Arbitrary<T>, predicate: (value: T) => void, runs = 300): void =>
  fc.assert(
    fc.property(arbitrary, (value) => {
      predicate(value);
    }),
    { seed, numRuns: runs },
  );

/** The same of what is found out later. */
const holdsLater = <T>(arbitrary: fc.Arbitrary<T>, predicate: (value: T) => Promise<void>, runs = 300): Promise<void> =>
  fc.assert(fc.asyncProperty(arbitrary, predicate), { seed, numRuns: runs });

export const assert = { fails, survives, holds, holdsLater };
