import { Cron } from 'croner';
import { isIP } from 'node:net';
import { z } from 'zod';
import { closest } from './did-you-mean.ts';
import { duration } from './units.ts';

/** Any instant does: what is asked is whether one follows at all. */
const someDay = '2024-01-01T00:00:00';

const nicknames = ['@yearly', '@annually', '@monthly', '@weekly', '@daily', '@hourly'];

const findCronMistake = (expression: string): string | undefined => {
  try {
    const next = new Cron(expression, { paused: true, timezone: 'UTC' }).nextRun(someDay);
    return next === null ? 'a time that never comes; write a day that the month has' : undefined;
  } catch {
    const near = expression.startsWith('@') ? closest(expression, nicknames) : undefined;
    if (near !== undefined) return `not a cron expression; did you mean "${near}"?`;
    return 'not a cron expression; write minute, hour, day, month and weekday, e.g. "0 2 * * *" for two at night';
  }
};

const isTimeZone = (name: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
};

const cron = z.string().superRefine((expression, context) => {
  const message = findCronMistake(expression);
  if (message !== undefined) context.addIssue({ code: 'custom', message, input: expression });
});

const isNetwork = (text: string): boolean => {
  const [address = '', bits = '', ...rest] = text.split('/');
  const family = isIP(address);
  return family !== 0 && rest.length === 0 && /^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128);
};

const network = z
  .string()
  .refine(isNetwork, 'not a network; write its address and the bits of its mask, e.g. 192.168.1.0/24 or fd00::/64');

/** When a pipeline runs by itself. */
export const schedule = z
  .strictObject({
    cron: cron.optional().describe('Minute, hour, day, month, weekday; also @daily and seconds in front'),
    timezone: z
      .string()
      .refine(isTimeZone, 'not a time zone; write its IANA name, e.g. Europe/Berlin or UTC')
      .optional()
      .describe('IANA name of the zone in which cron counts; the zone of this machine when left out'),
    jitter: duration.optional().describe('Begin up to so much later, at random, e.g. 10m'),
    onConnect: z.boolean().optional().describe('Also run when a device or disk of the pipeline turns up'),
    when: z
      .strictObject({
        power: z.enum(['ac', 'any']).optional().describe('ac: not on battery'),
        network: z
          .array(network)
          .min(1)
          .optional()
          .describe('Only while this machine has an address in one of these, e.g. 192.168.1.0/24: not on the road'),
      })
      .optional()
      .describe('Conditions; a run waits until they are met'),
  })
  .refine(
    ({ cron: times, onConnect }) => times !== undefined || onConnect === true,
    'a schedule without a time; add "cron" or "onConnect: true"',
  );

export type Schedule = z.infer<typeof schedule>;
