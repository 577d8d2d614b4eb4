import { randomBytes } from 'node:crypto';
import {
  type BackupError,
  bodyOf,
  type Destination,
  isBackupError,
  PrefixedDestination,
  throwIfAborted,
  toBackupError,
} from '@triplicate/core';
import { seededRandom } from '@triplicate/core/testing';
import { drawSeed, type Seeded } from '../check.ts';
import { type DestinationCheck, empty, runInScope, soonMs } from './scope.ts';

export type CheckResult =
  | { readonly check: DestinationCheck; readonly status: 'passed' | 'skipped' }
  | { readonly check: DestinationCheck; readonly status: 'failed'; readonly error: unknown };

export interface RunChecksOptions extends Seeded {
  readonly signal: AbortSignal;
  /** Where not even one object can be stored nothing is checked: everything would fail of it in words of its own. */
  readonly onRefusal?: (error: BackupError) => void;
  /** Before each that is run. */
  readonly onStart?: (check: DestinationCheck) => void;
  readonly onResult: (result: CheckResult) => void;
  /** Whether to end after this result: what follows would fail for the same reason. */
  readonly endAfter?: (result: CheckResult) => boolean;
  /** Also the checks that move many megabytes or make a thousand calls. */
  readonly heavy?: boolean;
  /** When part of the name is used up already, e.g. by a prefix. */
  readonly longestKey?: number | undefined;
}

export interface ChecksReport {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** To see the same contents again. */
  readonly seed: number;
  /** The folder that everything was written to, and how many objects could not be deleted from it again; unknown where it cannot be listed. */
  readonly folder: string;
  readonly left: number | undefined;
}

/**
 * Proves a person's own place: runs the checks one after the other in a folder that no one else uses, goes on after a failure, and
 * deletes what was written as far as the place deletes at all, also when the signal fires.
 */
export const runChecks = async (
  checks: readonly DestinationCheck[],
  open: () => Promise<Destination>,
  options: RunChecksOptions,
): Promise<ChecksReport> => {
  const { endAfter = () => false, heavy = false, longestKey, onRefusal, onResult, onStart } = options;
  const { seed = drawSeed(), signal } = options;
  const folder = `triplicate-check-${randomBytes(4).toString('hex')}`;
  const counts = { passed: 0, failed: 0, skipped: 0 };
  let left: number | undefined;
  let cleaningMs = 60_000;
  try {
    const refusal = onRefusal && (await storeOne(open, folder, signal));
    if (refusal) {
      cleaningMs = soonMs;
      onRefusal(refusal);
      return { ...counts, seed, folder, left: undefined };
    }
    for (const [index, check] of checks.entries()) {
      throwIfAborted(signal);
      const scope = { open, folder: `${folder}/${index}`, random: seededRandom(seed + index), signal, longestKey };
      const isRun = check.heavy !== true || heavy;
      if (isRun) onStart?.(check);
      const result: CheckResult = isRun ? await runOne(check, scope) : { check, status: 'skipped' };
      counts[result.status] += 1;
      onResult(result);
      if (!endAfter(result)) continue;
      cleaningMs = soonMs;
      break;
    }
  } finally {
    left = await clean(open, folder, cleaningMs);
  }
  return { ...counts, seed, folder, left };
};

/** Why it cannot be. */
const storeOne = async (
  open: () => Promise<Destination>,
  folder: string,
  signal: AbortSignal,
): Promise<BackupError | undefined> => {
  await using destination = await open();
  try {
    await destination.put(`${folder}/object`, bodyOf(Buffer.from('triplicate')), { signal });
    return undefined;
  } catch (error) {
    throwIfAborted(signal);
    return toBackupError(error);
  }
};

const runOne = async (check: DestinationCheck, scope: Parameters<typeof runInScope>[1]): Promise<CheckResult> => {
  try {
    return { check, status: (await runInScope(check, scope)) ? 'passed' : 'skipped' };
  } catch (error) {
    throwIfAborted(scope.signal);
    return { check, status: 'failed', error };
  }
};

/** Has a time of its own, since the signal of the run may have fired. What hinders it has hindered the checks, which say so. */
const clean = async (open: () => Promise<Destination>, folder: string, forMs: number): Promise<number | undefined> => {
  try {
    await using destination = new PrefixedDestination(await open(), folder);
    return await empty(destination, AbortSignal.timeout(forMs));
  } catch (error) {
    if (isBackupError(error)) return undefined;
    throw error;
  }
};
