import type { CronFields } from './cron-fields.ts';
import { momentsOf, type PlannedUnit, type UnitFile, xml } from './units.ts';

const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const monthNames = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/** A task for `schtasks /Create /XML`. The Task Scheduler counts in the zone of the machine. */
export const scheduledTask = ({ name, command, cron, jitterMs, onAc, directory }: PlannedUnit): UnitFile => {
  const [program = '', ...parameters] = command;
  const delay = jitterMs > 0 ? `<RandomDelay>PT${Math.round(jitterMs / 1000)}S</RandomDelay>` : '';
  const lines = [
    '<?xml version="1.0" encoding="UTF-16"?>',
    '<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">',
    `<RegistrationInfo><Description>Triplicate backup of ${xml(name)}</Description></RegistrationInfo>`,
    `<Triggers>${triggersOf(cron, delay).join('\n')}</Triggers>`,
    '<Settings>',
    '<MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>',
    `<DisallowStartIfOnBatteries>${onAc}</DisallowStartIfOnBatteries>`,
    '<StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>',
    '<StartWhenAvailable>true</StartWhenAvailable>',
    '<ExecutionTimeLimit>PT0S</ExecutionTimeLimit>',
    '<Priority>7</Priority>',
    '</Settings>',
    `<Actions><Exec><Command>${xml(program)}</Command><Arguments>${taskCommand(parameters)}</Arguments><WorkingDirectory>${xml(directory)}</WorkingDirectory></Exec></Actions>`,
    '</Task>',
  ];
  return { name: `triplicate-${name}.xml`, text: `${lines.join('\r\n')}\r\n` };
};

const triggersOf = (cron: CronFields, delay: string): string[] => {
  const days = dayRules(cron);
  return momentsOf(cron).flatMap(({ hour, minute }) => {
    const start = `2024-01-01T${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}:00`;
    return days.map(
      (rule) =>
        `<CalendarTrigger><StartBoundary>${start}</StartBoundary><Enabled>true</Enabled>${delay}${rule}</CalendarTrigger>`,
    );
  });
};

const empty = (name: string): string => `<${name}/>`;

const dayRules = ({ days, months, weekdays: week }: CronFields): string[] => {
  const chosen = (months ?? monthNames.map((_, i) => i + 1))
    .map((month) => empty(monthNames[month - 1] ?? ''))
    .join('');
  const byMonth = (list: readonly number[]): string =>
    `<ScheduleByMonth><DaysOfMonth>${list.map((day) => `<Day>${day}</Day>`).join('')}</DaysOfMonth><Months>${chosen}</Months></ScheduleByMonth>`;
  if (days === undefined && week === undefined && months === undefined)
    return ['<ScheduleByDay><DaysInterval>1</DaysInterval></ScheduleByDay>'];
  if (days === undefined && week === undefined) return [byMonth(Array.from({ length: 31 }, (_, i) => i + 1))];
  const named = week?.map((day) => empty(weekdays[day] ?? '')).join('');
  const byWeek =
    months === undefined
      ? `<ScheduleByWeek><WeeksInterval>1</WeeksInterval><DaysOfWeek>${named}</DaysOfWeek></ScheduleByWeek>`
      : `<ScheduleByMonthDayOfWeek><Weeks><Week>1</Week><Week>2</Week><Week>3</Week><Week>4</Week><Week>Last</Week></Weeks><DaysOfWeek>${named}</DaysOfWeek><Months>${chosen}</Months></ScheduleByMonthDayOfWeek>`;
  return [...(days === undefined ? [] : [byMonth(days)]), ...(week === undefined ? [] : [byWeek])];
};

/** Words of a command line. */
export const taskCommand = (words: readonly string[]): string => xml(words.map(windowsWord).join(' '));

/** As CommandLineToArgvW takes it apart. */
const windowsWord = (word: string): string =>
  word !== '' && !/[\s"]/.test(word) ? word : `"${word.replaceAll(/(\\*)"/g, '$1$1\\"').replace(/(\\+)$/, '$1$1')}"`;
