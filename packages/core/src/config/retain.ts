import { z } from 'zod';
import { isSomeSpan, type Span, span as spanOf } from './units.ts';

/** `unlimited` as restic has it: however many there are. */
export type Count = number | 'unlimited';
const count = (what: string) =>
  z
    .union([z.int().min(0).max(100_000), z.literal('unlimited')])
    .optional()
    .describe(`Keep ${what}; "unlimited" for however many there are`);
const span = (what: string) => spanOf.optional().describe(`Keep ${what} made within this time before the newest`);

/** Whether a rule with this value keeps anything. */
export const keepsSome = (value: Count | Span | undefined): boolean => value === 'unlimited' || isSomeSpan(value);

/** Which snapshots of a source stay: all that any rule keeps. Days and weeks are cut in the local time of the snapshot, as restic does. */
export const retain = z
  .strictObject({
    last: count('the newest so many snapshots'),
    hourly: count('the newest snapshot of each of the last so many hours that have one'),
    daily: count('the newest snapshot of each of the last so many days that have one'),
    weekly: count('the newest snapshot of each of the last so many weeks that have one'),
    monthly: count('the newest snapshot of each of the last so many months that have one'),
    yearly: count('the newest snapshot of each of the last so many years that have one'),
    within: span('every snapshot'),
    withinHourly: span('one snapshot an hour'),
    withinDaily: span('one snapshot a day'),
    withinWeekly: span('one snapshot a week'),
    withinMonthly: span('one snapshot a month'),
    withinYearly: span('one snapshot a year'),
    tags: z
      .array(z.string().min(1))
      .optional()
      .describe('Keep every snapshot that has one of these tags; "a,b" wants both'),
  })
  .refine(
    ({ tags, ...rules }) => (tags?.length ?? 0) > 0 || Object.values(rules).some(keepsSome),
    'a policy that keeps nothing; keep at least one snapshot, e.g. { last: 3, daily: 7 }',
  )
  .meta({ id: 'retain' });

export type Retain = z.infer<typeof retain>;
