import { dateFromCocoa } from '../../decode/apple-time.ts';
import { int, real, text } from '../../sqlite/row.ts';
import type { Row } from '../../sqlite/row.ts';
import type { Schema } from '../../sqlite/schema.ts';
import type { Alarm, Attendee, Recurrence } from './calendar-event.ts';
import { ruleParts } from './recurrence-rule.ts';

const invitee = 7;
const answers = ['none', 'accepted', 'declined', 'maybe'] as const;
const frequencies = ['DAILY', 'WEEKLY', 'MONTHLY', 'YEARLY'] as const;

/** Everybody who is invited, and who invites. */
export const attendees = (schema: Schema, event: number) => {
  if (!schema.offers('invitations', 'Participant', 'owner_id')) return { invited: [], organizer: () => undefined };
  const named =
    schema.offers('names of invited people', 'Participant', 'identity_id') &&
    schema.offers('names of invited people', 'Identity', 'display_name', 'address');
  const identity = named ? 'LEFT JOIN Identity i ON i.rowid = p.identity_id' : '';
  const picked = schema.choose(
    'Participant',
    { id: ['ROWID'], kind: ['entity_type'], status: ['status'], email: ['email'] },
    'p',
  );
  const sql = `SELECT ${picked.list}, ${identity === '' ? 'NULL' : 'i.display_name'} AS name, ${identity === '' ? 'NULL' : 'i.address'} AS address
    FROM Participant p ${identity} WHERE p.owner_id = ? ORDER BY p.ROWID`;
  const rows = schema.lookup(sql, event);
  const organizer = (id: number | undefined): Attendee | undefined => {
    const row = rows.find((candidate) => int(candidate['id']) === id);
    return row === undefined ? undefined : attendee(row);
  };
  return { invited: rows.filter((row) => int(row['kind']) === invitee).map(attendee), organizer };
};

const attendee = (row: Row): Attendee => ({
  name: text(row['name']),
  email: text(row['email']) ?? text(row['address'])?.replace(/^mailto:/i, ''),
  answer: answers[int(row['status']) ?? 0] ?? 'none',
});

/** How an event repeats; `unknown` hears of what no rule can say. */
export const recurrences = (schema: Schema, event: number, unknown: (what: string) => void): Recurrence[] => {
  if (!schema.offers('repetition', 'Recurrence', 'owner_id', 'frequency')) return [];
  const picked = schema.choose(
    'Recurrence',
    { every: ['frequency'], interval: ['interval'], count: ['count'], until: ['end_date'], specifier: ['specifier'] },
    'r',
  );
  return schema
    .lookup(`SELECT ${picked.list} FROM Recurrence r WHERE r.owner_id = ? ORDER BY r.ROWID`, event)
    .flatMap((row) => {
      const every = frequencies[(int(row['every']) ?? 0) - 1];
      if (every === undefined) {
        unknown(`frequency ${text(row['every']) ?? 'none'}`);
        return [];
      }
      const count = int(row['count']) ?? 0;
      const until = real(row['until']) ?? 0;
      return [
        {
          every,
          interval: Math.max(1, int(row['interval']) ?? 1),
          count: count > 0 ? count : undefined,
          until: until === 0 ? undefined : dateFromCocoa(until),
          by: ruleParts(text(row['specifier']) ?? '', (part) => unknown(`“${part}”`)),
        },
      ];
    });
};

export const exceptions = (schema: Schema, event: number): Date[] => {
  if (!schema.offers('exceptions from repetition', 'ExceptionDate', 'owner_id', 'date')) return [];
  const rows = schema.lookup('SELECT date FROM ExceptionDate WHERE owner_id = ? ORDER BY date', event);
  return rows.flatMap((row) => dateFromCocoa(real(row['date'])) ?? []);
};

/** A `trigger_date` beyond all days stands for "none". */
const latestAlarm = 4e9;

/** An offset beyond ten years stands for "none" too. */
const farthestAlarm = 3653 * 86_400;

/** Alarms, and how many have no time that is known. */
export const alarms = (
  schema: Schema,
  event: number,
): { readonly alarms: readonly Alarm[]; readonly unknown: number } => {
  if (!schema.offers('alarms', 'Alarm', 'calendaritem_owner_id')) return { alarms: [], unknown: 0 };
  const picked = schema.choose('Alarm', { at: ['trigger_date'], offset: ['trigger_interval'] }, 'a');
  const rows = schema.lookup(
    `SELECT ${picked.list} FROM Alarm a WHERE a.calendaritem_owner_id = ? ORDER BY a.ROWID`,
    event,
  );
  const found = rows.flatMap((row): Alarm[] => {
    const at = real(row['at']);
    const instant = at === undefined || at <= 0 || at > latestAlarm ? undefined : dateFromCocoa(at);
    if (instant !== undefined) return [{ at: instant }];
    const offset = int(row['offset']);
    return offset === undefined || Math.abs(offset) > farthestAlarm ? [] : [{ offsetSeconds: offset }];
  });
  return { alarms: found, unknown: rows.length - found.length };
};
