import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { DataSizes } from '../data/sizes.ts';
import { measureAll, run, type Command, type Cost } from '../tools/measure.ts';
import type { Borg } from '../tools/borg.ts';
import type { Restic } from '../tools/restic.ts';
import { TriplicateSetup } from '../tools/triplicate.ts';
import type { Sample, Who } from '../report/samples.ts';

export interface BenchParts {
  /** A folder on the place that is measured: everything that is written goes below it. */
  readonly home: string;
  readonly sizes: DataSizes;
  readonly seed: number;
  readonly rounds: number;
  readonly restic: Restic | undefined;
  readonly borg: Borg | undefined;
  readonly say: (text: string) => void;
}

/** What every work needs: where to write, who takes part, and where figures go. */
export class Bench {
  readonly parts: BenchParts;
  readonly samples: Sample[] = [];

  constructor(parts: BenchParts) {
    this.parts = parts;
  }

  path(name: string): string {
    return join(this.parts.home, name);
  }

  setup(name: string, data: string): TriplicateSetup {
    return new TriplicateSetup(this.path(name), { text: `{ type: files, paths: [${JSON.stringify(data)}] }` });
  }

  /** Measures and keeps it. Several commands count as one work done one after the other. */
  async time(which: Pick<Sample, 'work' | 'who' | 'round'>, ...commands: readonly Command[]): Promise<Cost> {
    const cost = await this.cost(...commands);
    this.add({ ...which, cost });
    return cost;
  }

  /** Measures without keeping it. */
  cost(...commands: readonly Command[]): Promise<Cost> {
    return measureAll(commands, this.parts.home);
  }

  add(sample: Sample): void {
    this.samples.push(sample);
    const { work, who, round, cost } = sample;
    this.parts.say(`${work}, ${who}, round ${round + 1}: ${cost.seconds.toFixed(2)} s`);
  }

  /** One round after the other, in each of them everyone once: A B A B. `before` stands outside of what is measured. */
  async alternate(
    work: string,
    contestants: Partial<Record<Who, (round: number) => Command | undefined>>,
    before: (round: number, who?: Who) => void | Promise<void> = () => undefined,
  ): Promise<void> {
    for (let round = 0; round < this.parts.rounds; round += 1) {
      for (const [who, command] of Object.entries(contestants) as [Who, (round: number) => Command | undefined][]) {
        await before(round, who);
        const own = command(round);
        if (own !== undefined) await this.time({ work, who, round }, own);
      }
    }
  }

  /** Stock restic has to find the repositories whole; throws with what it says. */
  async judge(repositories: readonly string[]): Promise<void> {
    const { restic, say } = this.parts;
    if (restic === undefined) return;
    for (const repository of repositories) {
      await run(restic.command(repository, 'check', '--read-data'));
      say(`restic check --read-data: no errors in ${repository}`);
    }
  }

  remove(...names: readonly string[]): void {
    for (const name of names) rmSync(this.path(name), { recursive: true, force: true });
  }
}
