import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nextRuns } from '@triplicate/core';
import { describe, expect, it } from 'vitest';
import { unseenSlots } from '../../src/schedule/clock-changes.ts';
import { cronFields } from '../../src/schedule/cron-fields.ts';
import { launchdAgent } from '../../src/schedule/launchd.ts';
import { calendarsOf, systemdUnits } from '../../src/schedule/systemd.ts';
import { scheduledTask } from '../../src/schedule/task-scheduler.ts';
import type { PlannedUnit } from '../../src/schedule/units.ts';

const fieldsOf = (cron: string) => {
  const fields = cronFields(cron);
  if (!fields) throw new TypeError(cron);
  return fields;
};

const planned = (cron: string, over: Partial<PlannedUnit> = {}): PlannedUnit => ({
  name: 'family',
  command: [
    '/usr/bin/node',
    '/opt/tri plicate/bin.js',
    '--config',
    '/home/anna/100% "mine" $HOME.yaml',
    'daemon',
    '--once',
  ],
  cron: fieldsOf(cron),
  timezone: 'Europe/Berlin',
  unseen: [],
  jitterMs: 600_000,
  onAc: true,
  directory: '/tmp',
  environment: { TRIPLICATE_STATE_DIR: '/home/anna/state dir' },
  ...over,
});

const works = (program: string, ...parameters: string[]): boolean => {
  try {
    execFileSync(program, parameters, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};
const noSystemd = !works('systemd-analyze', '--version');

const expressions = [
  '0 2 * * *',
  '*/15 8-18 * * 1-5',
  '@weekly',
  '30 4 1,15 * *',
  '0 12 13 * 5',
  '5 0 * 2 *',
  '0 */6 * jan-mar sun',
  '59 23 31 12 *',
];

describe('what a cron expression stands for', () => {
  it.each(['60 * * * *', '* * * * mo', '0 2 * *', '0 2 L * *', '0 2 * * 5#2', '5-1 * * * *', '0 0 1 1 1 1 1'])(
    'is not told for %s',
    (cron) => {
      expect(cronFields(cron)).toBeUndefined();
    },
  );

  it('is numbers', () => {
    expect(fieldsOf('*/20 1-3,5 * feb 7')).toEqual({
      seconds: [0],
      minutes: [0, 20, 40],
      hours: [1, 2, 3, 5],
      days: undefined,
      months: [2],
      weekdays: [0],
    });
  });
});

describe.skipIf(noSystemd)(`a systemd timer${noSystemd ? ' (skipped: systemd-analyze is not installed)' : ''}`, () => {
  it.each(expressions)('means the same as our own scheduler: %s', (cron) => {
    const after = new Date('2026-03-27T10:00:00Z');
    const theirs = calendarsOf(fieldsOf(cron)).flatMap((calendar) => {
      const out = execFileSync(
        'systemd-analyze',
        ['calendar', '--iterations=12', '--base-time=2026-03-27 10:00:00 UTC', `${calendar} UTC`],
        {
          encoding: 'utf8',
          env: { ...process.env, TZ: 'UTC' },
        },
      );
      return [...out.matchAll(/(?:Next elapse|Iteration #\d+|Iter\. #\d+): \w+ (\S+ \S+) UTC/g)].map(
        ([, time]) => `${time?.replace(' ', 'T')}.000Z`,
      );
    });
    const ours = nextRuns({ cron, timezone: 'UTC' }, after, 12).map((run) => run.toISOString());
    expect([...new Set(theirs)].toSorted().slice(0, ours.length)).toEqual(ours);
  });

  it.each([
    ['30 2 * * *', 'Europe/Berlin'],
    ['0 * * * *', 'Europe/Berlin'],
    ['*/20 1-3 * * *', 'Europe/Berlin'],
    ['15 2 28 3 *', 'Europe/Berlin'],
    ['5,35 2 * * 0', 'America/New_York'],
    ['45 1,2 * * *', 'Australia/Lord_Howe'],
    ['30 2 * * *', 'UTC'],
  ])('has every slot around the changes of the clock: %s in %s', (cron, timezone) => {
    const from = new Date('2027-01-01T00:00:00Z');
    const cronOf = fieldsOf(cron);
    const unseen = unseenSlots({ cron, timezone }, cronOf, { from, days: 365 });
    const timer = systemdUnits(planned(cron, { timezone, cron: cronOf, unseen }))[1]?.text ?? '';
    const calendars = timer.split('\n').flatMap((line) => /^OnCalendar=(.*)$/.exec(line)?.[1] ?? []);
    for (const around of ['2027-03-13', '2027-03-27', '2027-04-03', '2027-10-02', '2027-10-30', '2027-11-06']) {
      const begin = new Date(`${around}T00:00:00Z`);
      const end = new Date(begin.getTime() + 2 * 86_400_000).toISOString();
      const base = `${around} 00:00:00 UTC`;
      const theirs = calendars.flatMap((calendar) => {
        const options = ['calendar', '--iterations=160', `--base-time=${base}`, calendar];
        const out = execFileSync('systemd-analyze', options, {
          encoding: 'utf8',
          env: { ...process.env, TZ: 'UTC' },
        });
        return [...out.matchAll(/\w{3} (\d{4}-\S+ \S+) UTC$/gm)].map(([, time]) => `${time?.replace(' ', 'T')}.000Z`);
      });
      const inTime = (one: string): boolean => one > begin.toISOString() && one < end;
      const ours = nextRuns({ cron, timezone }, begin, 160).map((run) => run.toISOString());
      expect([...new Set(theirs)].toSorted().filter(inTime)).toEqual(ours.filter(inTime));
    }
  });

  it('is accepted by systemd', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'triplicate-units-'));
    try {
      const units = systemdUnits(
        planned('0 12 13 * 5', { command: [process.execPath, '/opt/tri plicate/bin.js', '100% "mine" $HOME'] }),
      );
      for (const { name, text } of units) await writeFile(join(folder, name), text);
      const paths = units.map(({ name }) => join(folder, name));
      expect(
        execFileSync('systemd-analyze', ['verify', '--user', ...paths], {
          encoding: 'utf8',
          stdio: ['ignore', 'pipe', 'pipe'],
          // Without a session there is no such folder.
          env: { ...process.env, XDG_RUNTIME_DIR: folder },
        }),
      ).toBe('');
      // A condition of systemd skips the slot, where the command waits.
      expect(units[0]?.text).not.toContain('ConditionACPower');
      expect(units[1]?.text).toContain('OnCalendar=Fri *-*-* 12:00:00 Europe/Berlin');
      expect(units[0]?.text).toContain('"100%% \\"mine\\" $$HOME"');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('a launchd agent', () => {
  it('is a property list with an interval for each time', () => {
    const { name, text } = launchdAgent(planned('0,30 2 * * 1,3'));
    expect(name).toBe('io.triplicate.family.plist');
    expect(text.match(/<key>Weekday<\/key>/g)).toHaveLength(4);
    expect(text).toContain('<string>/home/anna/100% &quot;mine&quot; $HOME.yaml</string>');
    expect(
      works(
        'python3',
        '-c',
        `import plistlib,sys; plistlib.loads(bytes.fromhex("${Buffer.from(text).toString('hex')}"))`,
      ),
    ).toBe(works('python3', '--version'));
  });

  it('counts days and weekdays as either', () => {
    expect(launchdAgent(planned('0 12 13 * 5')).text).toMatch(
      /<key>Day<\/key><integer>13<\/integer>[\s\S]*<key>Weekday<\/key><integer>5<\/integer>/,
    );
  });
});

describe('a task for Windows', () => {
  it('has a trigger for each time, and arguments that come apart as they were', () => {
    const { text } = scheduledTask(planned('0 2,14 * * 1-5'));
    expect(text.match(/<CalendarTrigger>/g)).toHaveLength(2);
    expect(text).toContain('<DaysOfWeek><Monday/><Tuesday/><Wednesday/><Thursday/><Friday/></DaysOfWeek>');
    expect(text).toContain('<RandomDelay>PT600S</RandomDelay>');
    expect(text).toContain('&quot;/home/anna/100% \\&quot;mine\\&quot; $HOME.yaml&quot;');
    expect(text).toContain('<StartWhenAvailable>true</StartWhenAvailable>');
  });

  it('counts days and weekdays as either', () => {
    const { text } = scheduledTask(planned('0 12 13 * 5'));
    expect(text).toContain('<Day>13</Day>');
    expect(text).toContain('<DaysOfWeek><Friday/></DaysOfWeek>');
  });
});
