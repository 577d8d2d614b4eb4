/** What a daemon knows of its pipelines before its own first round: what the catalog remembers, and how they stand now. */
import { toBackupError, type PipelineConfig, type StoredRun } from '@triplicate/core';
import { Readable } from 'node:stream';
import { lookAfter } from '../around/look-after.ts';
import { openRun } from '../compose/open-pipeline.ts';
import type { Standing } from '../metrics/standing.ts';
import type { CommandContext } from '../program/command.ts';
import type { JobHealth } from './health.ts';

const mostRuns = 1000;

/** A catalog that cannot be read knows nothing; the rounds tell of it. */
export const knownRuns = async (own: PipelineConfig, outer: CommandContext): Promise<readonly StoredRun[]> => {
  try {
    const { pipeline } = await openRun(contextOf(own, outer), () => undefined);
    using catalog = pipeline.catalog;
    return catalog?.runs(mostRuns) ?? [];
  } catch {
    return [];
  }
};

/** The last backup and what came after it; where a command ran several times, the last one counts. Newest first. */
export const lastRoundOf = (runs: readonly StoredRun[]): Pick<JobHealth, 'lastBegan' | 'lastEnded' | 'lastFailed'> => {
  const i = runs.findIndex(({ command }) => command === 'backup');
  const backup = runs[i];
  if (backup === undefined) return {};
  const round = runs.slice(0, i + 1);
  const newest = round.filter(({ command }, at) => round.findIndex((run) => run.command === command) === at);
  return {
    lastBegan: new Date(backup.started).toISOString(),
    lastEnded: new Date(Math.max(...round.map(({ ended }) => ended))).toISOString(),
    lastFailed: newest.some(({ ending }) => ending === 'failure'),
  };
};

export interface Look {
  /** Ends it, done or not: a round looks by itself. */
  stop(): Promise<void>;
}

/** Looks at how the pipeline stands, beside everything else; nobody is asked for a password, and nobody is told. */
export const beginLook = (
  own: PipelineConfig,
  outer: CommandContext,
  onStanding: (standing: Standing) => void,
): Look => {
  const stopped = new AbortController();
  const signal = AbortSignal.any([outer.signal, stopped.signal]);
  const surroundings = { ...outer.surroundings, stdin: Readable.from([]) };
  const context = { ...contextOf(own, outer), signal, surroundings };
  const look = async (): Promise<void> => {
    try {
      const surrounds = await openRun(context, () => undefined);
      using _catalog = surrounds.pipeline.catalog;
      await lookAfter(surrounds, { tell: false, onStanding });
    } catch (cause) {
      if (!signal.aborted) outer.output.warn(toBackupError(cause));
    }
  };
  const done = look();
  return {
    stop: async () => {
      stopped.abort();
      await done;
    },
  };
};

const contextOf = (own: PipelineConfig, outer: CommandContext): CommandContext => ({
  ...outer,
  globals: { ...outer.globals, pipeline: own.name },
});
