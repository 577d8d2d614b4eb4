import { BackupError, type Config, type PipelineConfig } from '@triplicate/core';
import type { CliSurroundings } from '../surroundings.ts';
import { unseenSlots } from './clock-changes.ts';
import { cronFields } from './cron-fields.ts';
import { launchdAgent, launchdCommand } from './launchd.ts';
import { systemdCommand, systemdUnits } from './systemd.ts';
import { scheduledTask, taskCommand } from './task-scheduler.ts';
import type { PlannedUnit, UnitFile } from './units.ts';

export type System = 'systemd' | 'launchd' | 'task-scheduler';

export const systemOf = (platform: NodeJS.Platform): System =>
  platform === 'darwin' ? 'launchd' : platform === 'win32' ? 'task-scheduler' : 'systemd';

/** More triggers than this make a unit that nobody can read, and the Task Scheduler takes 48. */
const mostMoments = 48;

/** Five years, of which each clock change is told by its date. */
const plannedDays = 5 * 365;

/** Says where our state, cache and configuration are; a unit has to find the same. */
const carried = ['TRIPLICATE_STATE_DIR', 'TRIPLICATE_CACHE_DIR', 'USBMUXD_SOCKET_ADDRESS'];

export interface Program {
  /** Absolute: Node and the script that it runs. */
  readonly command: readonly string[];
}

/** What the system's own scheduler is to be told of a pipeline; USAGE when it cannot mean the same there. */
export const planUnit = (
  own: PipelineConfig,
  { config, surroundings, system, program, now }: PlanParts,
): PlannedUnit => {
  const { schedule } = own;
  const refuse = (why: string): never => {
    throw new BackupError('USAGE', `the schedule of "${own.name}" cannot be told to ${system}: ${why}`, {
      hint: 'run `triplicate daemon` instead, which understands all of it',
    });
  };
  if (schedule?.cron === undefined) return refuse('it has no times');
  const cron =
    cronFields(schedule.cron) ?? refuse(`"${schedule.cron}" has parts of which only our own scheduler knows`);
  const zone = new Intl.DateTimeFormat('en').resolvedOptions().timeZone;
  if (system !== 'systemd' && schedule.timezone !== undefined && schedule.timezone !== zone)
    return refuse(`it counts in ${schedule.timezone}, and this machine is in ${zone}`);
  if (system !== 'systemd' && cron.hours.length * cron.minutes.length > mostMoments && cron.hours.length < 24)
    return refuse('it has too many times a day');
  const { power, network } = schedule.when ?? {};
  // A condition of the scheduler's own would skip the slot; the command waits, as the daemon does.
  const waits = power === 'ac' || network !== undefined;
  const round = ['daemon', '--once', ...(waits ? ['--wait'] : [])];
  return {
    name: own.name,
    command: [...program.command, '--config', config.file, '--pipeline', own.name, ...round],
    cron,
    timezone: schedule.timezone,
    unseen: unseenSlots(schedule, cron, { from: now, days: plannedDays }),
    jitterMs: schedule.jitter ?? 0,
    onAc: power === 'ac',
    directory: config.directory,
    environment: Object.fromEntries(
      carried.flatMap((name) => {
        const value = surroundings.env[name];
        return value === undefined ? [] : [[name, value]];
      }),
    ),
  };
};

export interface PlanParts {
  readonly config: Config;
  readonly surroundings: CliSurroundings;
  readonly system: System;
  readonly program: Program;
  readonly now: Date;
}

export const filesOf = (unit: PlannedUnit, system: System): UnitFile[] => {
  switch (system) {
    case 'systemd':
      return systemdUnits(unit);
    case 'launchd':
      return [launchdAgent(unit)];
    case 'task-scheduler':
      return [scheduledTask(unit)];
  }
};

/** How words stand in the command of a unit. */
export const commandText = (words: readonly string[], system: System): string =>
  ({ systemd: systemdCommand, launchd: launchdCommand, 'task-scheduler': taskCommand })[system](words);
