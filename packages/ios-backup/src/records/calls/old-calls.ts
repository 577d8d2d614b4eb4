import { dateFromUnix } from '../../decode/apple-time.ts';
import { flag, int, real, text } from '../../sqlite/row.ts';
import type { Row } from '../../sqlite/row.ts';
import type { Schema } from '../../sqlite/schema.ts';
import type { People } from '../people.ts';
import type { Call } from './call.ts';

/** The call history before iOS 8, in plain backups too. */
export const oldCallsPlace = { domain: 'WirelessDomain', path: 'Library/CallHistory/call_history.db' } as const;

const wanted = {
  id: ['ROWID'],
  date: ['date'],
  duration: ['duration'],
  address: ['address'],
  flags: ['flags'],
  name: ['name'],
} as const;

/** Of `flags`: the lowest bit is set on a call that the owner made, another one on FaceTime, a third one on those of a telephone. */
const [outgoing, telephone, faceTime] = [1, 4, 16] as const;

/** Every call, oldest first. UNSUPPORTED when the layout is another one. */
export function* oldCalls(schema: Schema, people: People): Generator<Call> {
  schema.require('call', 'ROWID', 'date');
  const picked = schema.choose('call', wanted, 'c');
  const hasAnswered = schema.columns('call').has('answered');
  if (picked.has('address'))
    for (const row of schema.rows('SELECT DISTINCT address AS handle FROM call')) people.meet(text(row['handle']));
  const sql = `SELECT ${picked.list}, ${hasAnswered ? 'c.answered' : 'NULL'} AS answered FROM call c ORDER BY c.date, c.ROWID`;
  for (const row of schema.rows(sql)) yield build(row, people);
}

const build = (row: Row, people: People): Call => {
  const flags = int(row['flags']) ?? 0;
  const isOutgoing = (flags & outgoing) !== 0;
  const duration = real(row['duration']);
  const answered = flag(row['answered']) || (duration ?? 0) > 0;
  const handle = text(row['address']);
  return {
    id: `call_history.db row ${int(row['id'])}`,
    at: dateFromUnix(real(row['date'])),
    durationSeconds: duration,
    direction: isOutgoing ? 'out' : 'in',
    answered,
    missed: !isOutgoing && !answered,
    kind: kindOf(flags),
    handle,
    name: text(row['name']) ?? people.name(handle),
    participants: [],
    participantNames: [],
    provider: undefined,
    location: undefined,
    country: undefined,
  };
};

const kindOf = (flags: number): string => {
  if ((flags & faceTime) !== 0) return 'FaceTime';
  return (flags & ~(outgoing | telephone)) === 0 ? 'phone' : `kind ${flags}`;
};
