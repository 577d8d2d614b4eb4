/** The scheduler in this process: watches the clock, disks, phones and the configuration, and runs rounds. */
import {
  nextSlot,
  runJobs,
  toBackupError,
  sleepFor,
  systemClock,
  type Job,
  type PipelineConfig,
  type SchedulerEvent,
} from '@triplicate/core';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { openSetup, type OpenedSetup } from '../compose/open-pipeline.ts';
import type { CommandContext } from '../program/command.ts';
import { localTime } from '../output/format.ts';
import { connectedThings } from './connected.ts';
import { hindranceOf } from './hindrance.ts';
import type { JobHealth } from './health.ts';
import { beginLook, knownRuns, lastRoundOf } from './known-health.ts';
import type { Standing } from '../metrics/standing.ts';
import type { LogLevel, RotatingLog } from './rotating-log.ts';
import { runRound } from './run-round.ts';
import { SlotFile } from './slot-file.ts';

export interface DaemonState {
  readonly health: Map<string, JobHealth>;
  /** How each pipeline stood after its last round. */
  readonly standings: Map<string, Standing>;
  /** Whether anybody may ask for them. */
  readonly isServed: boolean;
  readonly log: RotatingLog | undefined;
}

const pollMs = 60_000;
/** How often a configuration with mistakes is looked at. */
const mendedMs = 2000;

/** Until the context's signal fires. A configuration that changed is read again when nothing runs; one with mistakes is told and waited for. */
export const runDaemon = async (context: CommandContext, state: DaemonState): Promise<void> => {
  const { health, log } = state;
  const { output, signal } = context;
  let file: string | undefined;
  while (!signal.aborted) {
    const changed = new AbortController();
    const before = file === undefined ? undefined : await stampOf(file);
    try {
      const setup = await openSetup(context);
      ({ file } = setup.config);
      const until = AbortSignal.any([signal, changed.signal]);
      const jobs = await jobsOf(setup, context, { state, until });
      if (jobs.length === 0) output.note('no pipeline has a schedule; add `schedule: { cron: "0 2 * * *" }` to one');
      const watching = watchFile(setup, until, () => changed.abort());
      const memory = new SlotFile(join(setup.services.folders.state, 'daemon-slots.json'));
      const { clock } = setup.services;
      const onEvent = (event: SchedulerEvent): void => tell(event, { context, state, clock });
      await Promise.all([runJobs(jobs, { clock, memory, random: Math.random, onEvent, pollMs }, until), watching]);
      if (changed.signal.aborted && !signal.aborted) output.say('the configuration changed and is read again');
    } catch (cause) {
      if (signal.aborted) return;
      // At its start a daemon without a sound configuration is a mistake of whoever started it.
      if (file === undefined) throw cause;
      const error = toBackupError(cause);
      output.fail(error);
      // Nothing runs until it is mended: whoever only asks for the health has to learn of it.
      for (const [name, { next: _, ...job }] of health) health.set(name, { ...job, lastFailed: true });
      log?.write('error', { type: 'error', code: error.code, message: error.message });
      await untilTouched(file, before, context);
    }
  }
};

/** Whoever mends the configuration sees within seconds whether it is sound now; what else was in the way is tried again in a minute. */
const untilTouched = async (
  file: string,
  before: string | undefined,
  { signal, surroundings }: CommandContext,
): Promise<void> => {
  const clock = surroundings.clock ?? systemClock;
  const until = clock.now().getTime() + pollMs;
  while (!signal.aborted && clock.now().getTime() < until) {
    await sleepFor(clock, mendedMs, signal).catch(() => undefined);
    if (before !== undefined && (await stampOf(file)) !== before) return;
  }
};

/** Is another one whenever the file was written. */
const stampOf = async (file: string): Promise<string> => {
  const info = await stat(file).catch(() => undefined);
  return info === undefined ? 'gone' : `${info.mtimeMs} ${info.size} ${info.ino}`;
};

interface Jobs {
  readonly state: DaemonState;
  /** Ends looks, and no round. */
  readonly until: AbortSignal;
}

/** What the catalog remembers is known at once, and how a pipeline stands after a look, which goes on beside the waiting. */
const jobsOf = async (setup: OpenedSetup, context: CommandContext, { state, until }: Jobs): Promise<Job[]> => {
  const { health, standings, isServed, log } = state;
  health.clear();
  const scheduled = setup.config.pipelines.filter(
    ({ name, schedule }) => schedule !== undefined && (context.globals.pipeline ?? name) === name,
  );
  for (const name of standings.keys()) if (!scheduled.some((own) => own.name === name)) standings.delete(name);
  const jobs: Job[] = [];
  for (const own of scheduled) {
    const { name, schedule } = own;
    if (schedule === undefined) continue;
    const runs = await knownRuns(own, context);
    const run = runs.find(({ command }) => command === 'backup');
    health.set(name, { pipeline: name, running: false, ...lastRoundOf(runs), ...nextOf(own, setup) });
    standings.set(name, { pipeline: name, status: standings.get(name)?.status, run });
    const onStanding = (standing: Standing): void => void standings.set(name, standing);
    const look = isServed ? beginLook(own, { ...context, signal: until }, onStanding) : undefined;
    jobs.push({
      name: `${setup.config.file}#${name}`,
      schedule,
      run: async () => {
        await look?.stop();
        await runRound(own, context, { log, onStanding });
      },
      hindrance: () => hindranceOf(schedule),
      connected: () => connectedThings(own, setup.config, context),
    });
  }
  return jobs;
};

const nextOf = ({ schedule }: PipelineConfig, { services }: OpenedSetup): { next?: string } => {
  const next = schedule && nextSlot(schedule, services.clock.now());
  return next ? { next: next.toISOString() } : {};
};

const watchFile = async (
  { config, services }: OpenedSetup,
  signal: AbortSignal,
  onChange: () => void,
): Promise<void> => {
  const first = await stampOf(config.file);
  while (!signal.aborted) {
    await sleepFor(services.clock, pollMs / 6, signal).catch(() => undefined);
    if (!signal.aborted && (await stampOf(config.file)) !== first) return onChange();
  }
};

interface Telling {
  readonly context: CommandContext;
  readonly state: DaemonState;
  readonly clock: { now(): Date };
}

const tell = (event: SchedulerEvent, { context: { output }, state: { health, log }, clock }: Telling): void => {
  const pipeline = event.job.slice(event.job.lastIndexOf('#') + 1);
  const known = health.get(pipeline) ?? { pipeline, running: false };
  const now = clock.now().toISOString();
  log?.write(levelOf(event), { pipeline, ...loggedEvent(event) });
  switch (event.type) {
    case 'waiting':
      if (event.until) health.set(pipeline, { ...known, next: event.until.toISOString() });
      return output.say(
        `${pipeline}: ${event.until ? `next at ${localTime(event.until.getTime())}` : 'waits for a disk or a phone to turn up'}`,
      );
    case 'hindered':
      return output.say(`${pipeline}: waits, ${event.why}`);
    case 'clock-set-back':
      return output.note(`${pipeline}: the clock was set back; what was handled by a wrong clock counts no more`);
    case 'started': {
      health.set(pipeline, { ...known, running: true, lastBegan: now });
      const { merged, why } = event.turn;
      const stands = merged.length === 0 ? '' : `, standing for ${merged.length} more that were missed`;
      return output.say(`${pipeline}: begins${why === 'connect' ? ', a disk or a phone turned up' : ''}${stands}`);
    }
    case 'ended':
      health.set(pipeline, { ...known, running: false, lastEnded: now, lastFailed: event.error !== undefined });
      if (event.error) output.warn(event.error);
      return output.say(`${pipeline}: ${event.error ? 'failed' : 'done'}`);
  }
};

const levelOf = (event: SchedulerEvent): LogLevel =>
  event.type === 'clock-set-back' || (event.type === 'ended' && event.error !== undefined) ? 'warn' : 'info';

const loggedEvent = (event: SchedulerEvent): Readonly<Record<string, unknown>> => {
  const { job: _job, ...rest } = event;
  if (rest.type !== 'ended' || rest.error === undefined) return rest;
  const { error, ...ended } = rest;
  return { ...ended, error: { code: error.code, message: error.message } };
};
