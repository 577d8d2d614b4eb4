/** Many kills, spread over every operation of every command. */
import { seededInteger, seededRandom, temporaryFolder } from '@triplicate/core/testing';
import { type ChildResult, type CleanRun, cleanRun, killOnce, type KillReport } from '../crash/kill.ts';
import type { KillAt } from '../crash/killing-destination.ts';
import { createScenarios, type Scenario, type ScenarioName } from '../crash/scenario.ts';
import { noRestic, restics } from '../kit/restic.ts';
import type { Campaign } from './main.ts';

/** In turn; backups have the most phases. */
const order: readonly ScenarioName[] = [
  'backup',
  'prune',
  'sync',
  'first backup',
  'prune',
  'heal',
  'backup',
  'salvage',
];

export const kills: Campaign = async (count, seed) => {
  const random = seededRandom(seed);
  await using folder = await temporaryFolder();
  const scenarios = await createScenarios(folder.path, [...new Set(order)]);
  const clean = new Map<Scenario, CleanRun>();
  for (const scenario of scenarios) clean.set(scenario, await cleanRun(scenario));
  say(noRestic ?? `judges: ${restics.map(({ version }) => version.split(' ').slice(0, 2).join(' ')).join(', ')}`);
  const tally = new Tally();
  for (let i = 0; i < count; i += 1) {
    const scenario = scenarios.find(({ name }) => name === order[i % order.length]);
    const least = scenario && clean.get(scenario);
    if (!scenario || !least) continue;
    const kill = drawKill(least.result, random);
    const report = await killOnce(scenario, kill, { clean: least });
    tally.add(scenario.name, report);
    const what =
      report.child.killed === undefined
        ? 'ended before'
        : `killed ${kill.where} "${report.child.killed}" on ${report.child.place}`;
    say(
      `${i + 1}/${count} ${scenario.name}, ${kill.only ?? 'operation'} ${kill.operation}: ${what}${report.wrong.length > 0 ? ' WRONG' : ''}`,
    );
    for (const line of report.wrong) say(`    ${line}`);
  }
  tally.print();
  return tally.wrong === 0;
};

/** Half of them evenly over all operations, half over the kinds of operations, so that the rare ones have their share. */
const drawKill = ({ total, counts = {} }: ChildResult, random: () => number): KillAt => {
  const where = random() < 0.5 ? 'before' : 'middle';
  if (random() < 0.5) return { operation: seededInteger(random, 1, total), where };
  const kinds = Object.entries(counts);
  const [only, count] = kinds[Math.floor(random() * kinds.length)] ?? ['put data', 1];
  return { operation: seededInteger(random, 1, count), where, only };
};

const say = (line: string): void => void process.stdout.write(`${line}\n`);

class Tally {
  readonly #killed = new Map<string, number>();
  #restored = 0;
  #reuse = 0;
  #ended = 0;
  wrong = 0;

  add(scenario: string, { child, wrong, reuse, restored }: KillReport): void {
    const key = `${scenario}: ${child.killed ?? 'not killed'}`;
    this.#killed.set(key, (this.#killed.get(key) ?? 0) + 1);
    if (child.killed === undefined) this.#ended += 1;
    this.#restored += restored;
    this.#reuse = Math.max(this.#reuse, reuse);
    if (wrong.length > 0) this.wrong += 1;
  }

  print(): void {
    for (const [what, count] of [...this.#killed].toSorted(([a], [b]) => (a < b ? -1 : 1)))
      say(`  ${String(count).padStart(4)} × ${what}`);
    say(`snapshots restored from one replica alone and compared: ${this.#restored}`);
    say(`most bytes in data/ after the next run, by those of a clean run: ${this.#reuse.toFixed(3)}`);
    say(`runs that ended before their kill: ${this.#ended}; kills after which something did not hold: ${this.wrong}`);
  }
}
