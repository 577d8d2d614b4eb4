/** Many lists of steps over three replicas; one that fails is made shorter before it is printed. */
import { play, type Played } from '../../packages/core/test/model/play.ts';
import type { WorldOptions } from '../../packages/core/test/model/world.ts';
import { makeSteps, type Step } from '../../packages/core/test/model/steps.ts';
import type { Campaign } from './main.ts';

/** As many as begin with three new replicas. */
const listLength = 100;

export const model: Campaign = async (count, seed) => {
  const kinds = new Map<string, number>();
  let steps = 0;
  let reads = 0;
  for (let list = 0; steps < count; list += 1) {
    const made = makeSteps(seed + list, Math.min(listLength, count - steps));
    const played = await play(made, optionsOf(list));
    for (const step of made.slice(0, played.log.length)) count1(kinds, nameOf(step));
    steps += played.log.length;
    reads += played.reads;
    say(`seed ${seed + list}: ${played.log.length} steps, ${played.reads} snapshots read alone`);
    if (played.wrong.length > 0) {
      await report(made.slice(0, played.log.length), played, optionsOf(list));
      return false;
    }
  }
  for (const [kind, times] of [...kinds].toSorted(([a], [b]) => (a < b ? -1 : 1)))
    say(`  ${String(times).padStart(5)} × ${kind}`);
  say(`${steps} steps; ${reads} times a snapshot was read from one replica alone and compared`);
  return true;
};

/** One thread is the same each time, two find what only two can do; every third world has a place that nobody may catch up from. */
const optionsOf = (list: number): WorldOptions => ({
  threads: 1 + (list % 2),
  costly: list % 3 === 2 ? 'c' : undefined,
});

const say = (line: string): void => void process.stdout.write(`${line}\n`);

const count1 = (counts: Map<string, number>, key: string): void => void counts.set(key, (counts.get(key) ?? 0) + 1);

const nameOf = (step: Step): string =>
  'trouble' in step && step.trouble ? `${step.do}, ${step.trouble.kind}` : step.do;

const report = async (steps: readonly Step[], played: Played, options: WorldOptions): Promise<void> => {
  say(played.log.join('\n'));
  say(played.wrong.join('\n'));
  const shortest = await shorten(steps, options);
  if (shortest.steps.length === steps.length) return;
  say(`\nthe same with ${shortest.steps.length} steps:`);
  say(shortest.played.log.join('\n'));
  say(shortest.played.wrong.join('\n'));
};

/** Leaves out as many steps as it can, larger parts first. Names and keys are new in each play, so one that goes well proves little. */
const shorten = async (
  steps: readonly Step[],
  options: WorldOptions,
): Promise<{ readonly steps: readonly Step[]; readonly played: Played }> => {
  let best: { steps: readonly Step[]; played: Played } = { steps, played: { log: [], wrong: [], reads: 0 } };
  for (let part = steps.length >> 1; part > 0; part >>= 1) {
    for (let at = 0; at < best.steps.length - 1;) {
      const fewer = best.steps.toSpliced(at, part);
      const played = await play(fewer, options);
      if (played.wrong.length > 0) best = { steps: fewer.slice(0, played.log.length), played };
      else at += part;
    }
  }
  return best;
};
