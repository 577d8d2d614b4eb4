import type { CronFields } from './cron-fields.ts';
import { momentsOf, type PlannedUnit, type UnitFile, xml } from './units.ts';

/** An agent for launchd: an interval missed in sleep runs once at waking. launchd knows no jitter and no zone but its own. */
export const launchdAgent = ({ name, command, cron, directory, environment }: PlannedUnit): UnitFile => {
  const label = `io.triplicate.${name}`;
  const dict = (entries: Readonly<Record<string, string>>): string =>
    Object.entries(entries)
      .map(([key, value]) => `<key>${xml(key)}</key>${value}`)
      .join('');
  const intervals = intervalsOf(cron).map(
    (interval) =>
      `<dict>${dict(Object.fromEntries(Object.entries(interval).map(([key, value]) => [key, `<integer>${value}</integer>`])))}</dict>`,
  );
  const variables = Object.fromEntries(Object.entries(environment).map(([key, value]) => [key, text(value)]));
  const lines = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">',
    '<plist version="1.0">',
    '<dict>',
    `<key>Label</key>${text(label)}`,
    `<key>ProgramArguments</key><array>${launchdCommand(command)}</array>`,
    `<key>WorkingDirectory</key>${text(directory)}`,
    ...(Object.keys(environment).length === 0
      ? []
      : [`<key>EnvironmentVariables</key><dict>${dict(variables)}</dict>`]),
    '<key>StartCalendarInterval</key>',
    `<array>${intervals.join('\n')}</array>`,
    '<key>ProcessType</key><string>Background</string>',
    '<key>LowPriorityIO</key><true/>',
    '</dict>',
    '</plist>',
  ];
  return { name: `${label}.plist`, text: `${lines.join('\n')}\n` };
};

const text = (value: string): string => `<string>${xml(value)}</string>`;

/** Words of a command line. */
export const launchdCommand = (words: readonly string[]): string => words.map(text).join('');

type Interval = Readonly<Record<string, number>>;

/** What an interval leaves out is every value. */
const intervalsOf = (cron: CronFields): Interval[] => {
  const times =
    cron.hours.length === 24
      ? cron.minutes.map((Minute): Interval => ({ Minute }))
      : momentsOf(cron).map(({ hour, minute }): Interval => ({ Hour: hour, Minute: minute }));
  const months = cron.months?.map((Month): Interval => ({ Month })) ?? [{}];
  const byDay = cron.days?.map((Day): Interval => ({ Day })) ?? [];
  const byWeek = cron.weekdays?.map((Weekday): Interval => ({ Weekday })) ?? [];
  const dates = byDay.length + byWeek.length === 0 ? [{}] : [...byDay, ...byWeek];
  return months.flatMap((month) => dates.flatMap((date) => times.map((time) => ({ ...month, ...date, ...time }))));
};
