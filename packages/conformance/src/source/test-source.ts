import { seededRandom } from '@triplicate/core/testing';
import { drawSeed, type Runner, type Seeded } from '../check.ts';
import { previousChecks } from './previous-checks.ts';
import { runSourceCheck, type SourceCheck, type SourceSubject } from './scope.ts';
import { treeChecks } from './tree-checks.ts';
import { troubleChecks } from './trouble-checks.ts';

/** What every source over a folder of this machine promises. */
export const sourceChecks: readonly SourceCheck[] = [...treeChecks, ...troubleChecks, ...previousChecks];

/** Registers every check of a source with a test runner; each one works in a folder of its own. */
export const testSource = (runner: Runner, name: string, subject: SourceSubject, options: Seeded = {}): void => {
  const { seed = drawSeed() } = options;
  runner.describe(`${name} is a source (seed ${seed})`, () => {
    for (const [index, check] of sourceChecks.entries()) {
      runner.it(check.name, async (context) => {
        const random = seededRandom(seed + index);
        const skipped = await runSourceCheck(check, subject, { random, signal: AbortSignal.timeout(120_000) });
        if (skipped !== undefined) context.skip(skipped);
      });
    }
  });
};
