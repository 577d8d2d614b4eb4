import type { CronFields } from './cron-fields.ts';
import type { PlannedUnit, UnitFile } from './units.ts';

const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** A timer and its service for the user's own systemd. */
export const systemdUnits = ({
  name,
  command,
  cron,
  timezone,
  unseen,
  jitterMs,
  directory,
  environment,
}: PlannedUnit): UnitFile[] => {
  const lines = calendarsOf(cron).map(
    (calendar) => `OnCalendar=${calendar}${timezone === undefined ? '' : ` ${timezone}`}`,
  );
  const service = [
    '[Unit]',
    `Description=Triplicate backup of ${name}`,
    '',
    '[Service]',
    'Type=oneshot',
    `ExecStart=${systemdCommand(command)}`,
    `WorkingDirectory=${directory.replaceAll('%', '%%')}`,
    ...Object.entries(environment).map(([key, value]) => `Environment=${quoted(`${key}=${value}`)}`),
    // A destination failed while the quorum held: that is told by the round, and is no failure of the unit.
    'SuccessExitStatus=3',
    'Nice=10',
    'IOSchedulingClass=idle',
    'KillMode=mixed',
    'TimeoutStopSec=60',
  ];
  const timer = [
    '[Unit]',
    `Description=When Triplicate backs up ${name}`,
    '',
    '[Timer]',
    ...lines,
    ...(unseen.length === 0 ? [] : ['# Where the clock is changed, and the lines above leave out a slot.']),
    ...unseen.map(({ at }) => `OnCalendar=${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`),
    // A slot that was missed while the machine was off runs once when it is on again.
    'Persistent=true',
    'AccuracySec=1min',
    ...(jitterMs > 0 ? [`RandomizedDelaySec=${Math.round(jitterMs / 1000)}s`] : []),
    '',
    '[Install]',
    'WantedBy=timers.target',
  ];
  return [
    { name: `triplicate-${name}.service`, text: `${service.join('\n')}\n` },
    { name: `triplicate-${name}.timer`, text: `${timer.join('\n')}\n` },
  ];
};

/** Where days and weekdays are both given cron takes either, and systemd both: two lines then. */
export const calendarsOf = ({ seconds, minutes, hours, days, months, weekdays: week }: CronFields): string[] => {
  const time = `${listed(hours, 24)}:${listed(minutes, 60)}:${seconds.map(two).join(',')}`;
  const month = months === undefined ? '*' : months.map(two).join(',');
  const byDay = `*-${month}-${days === undefined ? '*' : days.map(two).join(',')} ${time}`;
  const byWeek = week === undefined ? undefined : `${week.map((day) => weekdays[day]).join(',')} *-${month}-* ${time}`;
  if (byWeek === undefined) return [byDay];
  return days === undefined ? [byWeek] : [byDay, byWeek];
};

const two = (value: number): string => String(value).padStart(2, '0');
const listed = (values: readonly number[], all: number): string =>
  values.length === all ? '*' : values.map(two).join(',');

/** Words of a command line. */
export const systemdCommand = (words: readonly string[]): string => words.map(quoted).join(' ');

/** As systemd.syntax(7) has it: backslashes and quotes escaped, per cent signs and dollars doubled. */
const quoted = (word: string): string => {
  const safe = word.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('%', '%%').replaceAll('$', '$$$$');
  return /^[\w@./:=+,-]+$/.test(word) ? word : `"${safe}"`;
};
