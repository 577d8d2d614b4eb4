import assert from 'node:assert/strict';
import { type Destination, type ErrorCode } from '@triplicate/core';
import { seededRandom } from '@triplicate/core/testing';
import { drawSeed, type Runner, type Seeded } from '../check.ts';
import { destinationChecks } from './checks.ts';
import { assertNoSecret, everything } from './conduct-checks.ts';
import { runInScope } from './scope.ts';
import { failureOf, rejectsWith } from './tools.ts';

/** A place that has to turn us away, and how. */
export interface Refusal {
  /** Completes the sentence `refuses …`, e.g. `a wrong password`. */
  readonly what: string;
  readonly code: ErrorCode;
  readonly open: () => Promise<Destination>;
}

export interface TestDestinationOptions extends Seeded {
  /** Wrong credentials, a bucket that is not there, a host that does not answer. */
  readonly refusals?: readonly Refusal[];
  /** Passwords and tokens that `open` uses: none of them may be seen anywhere. */
  readonly secrets?: readonly string[];
  /** When part of the name is used up already, e.g. by a prefix. */
  readonly longestKey?: number;
}

/**
 * Registers every check of a destination with a test runner. `open` connects to one and the same place each time; each check works in a
 * folder of its own there and empties it afterwards.
 */
export const testDestination = (
  runner: Runner,
  name: string,
  open: () => Promise<Destination>,
  options: TestDestinationOptions = {},
): void => {
  const { longestKey, refusals = [], secrets = [], seed = drawSeed() } = options;
  runner.describe(`${name} is a destination (seed ${seed})`, () => {
    for (const [index, check] of destinationChecks.entries()) {
      runner.it(check.name, async (context) => {
        const folder = `check-${(seed % 46_656).toString(36)}-${index}`;
        const random = seededRandom(seed + index);
        const signal = AbortSignal.timeout(120_000);
        const applies = await runInScope(check, { open, folder, random, signal, longestKey, secrets });
        if (!applies) context.skip('does not apply to what it claims');
      });
    }
    for (const refusal of refusals) {
      runner.it(`refuses ${refusal.what} with ${refusal.code}`, () => checkRefusal(refusal, secrets));
    }
  });
};

const checkRefusal = async ({ code, open }: Refusal, secrets: readonly string[]): Promise<void> => {
  const attempt = async (): Promise<void> => {
    await using destination = await open();
    await destination.stat('config', { signal: AbortSignal.timeout(60_000) });
  };
  await rejectsWith(code, attempt);
  const error = await failureOf(attempt);
  assertNoSecret(everything(error), secrets);
  assert.ok((error as Error).message.length > 0);
};
