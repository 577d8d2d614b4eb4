import { dateFromCocoa } from '../../decode/apple-time.ts';
import { flag, int, real, text } from '../../sqlite/row.ts';
import type { Row } from '../../sqlite/row.ts';
import { Schema } from '../../sqlite/schema.ts';
import type { Tally } from '../tally.ts';
import type { Call } from './call.ts';

const wanted = {
  id: ['Z_PK'],
  date: ['ZDATE'],
  duration: ['ZDURATION'],
  outcome: ['ZOUTCOME'],
  unique: ['ZCALLIDSTRING'],
  creator: ['ZGROUPCALLCREATORUSERJIDSTRING'],
} as const;

const sumColumns = { incoming: ['ZINCOMING'], unanswered: ['ZMISSED'], video: ['ZVIDEO'] } as const;

/** Of `ZOUTCOME`: 0 ended, 1 missed, 4 rejected. */
const missed = 1;

/** The name of an account, where it is known. */
export type NameOf = (account: string) => string | undefined;

/** The list of calls that WhatsApp keeps itself, which is in plain backups too, oldest first. */
export function* whatsAppCalls(
  schema: Schema,
  nameOf: NameOf,
  { app, tally }: { readonly app: string; readonly tally: Tally },
): Generator<Call> {
  schema.require('ZWACDCALLEVENT', 'Z_PK', 'ZDATE');
  const picked = schema.pick('ZWACDCALLEVENT', wanted, 'e');
  tally.missing('ZWACDCALLEVENT', picked.missing);
  const sums = schema.columns('ZWAAGGREGATECALLEVENT');
  const joined = sums.has('Z_PK') && sums.has('ZINCOMING') && schema.columns('ZWACDCALLEVENT').has('Z1CALLEVENTS');
  if (!joined) tally.gap(`direction of calls of ${app}: told from who began them`);
  const sum = joined ? schema.choose('ZWAAGGREGATECALLEVENT', sumColumns, 'a') : undefined;
  const sql = `SELECT ${picked.list}, ${sum?.list ?? 'NULL AS incoming, NULL AS unanswered, NULL AS video'} FROM ZWACDCALLEVENT e
    ${joined ? 'LEFT JOIN ZWAAGGREGATECALLEVENT a ON a.Z_PK = e.Z1CALLEVENTS' : ''} ORDER BY e.ZDATE, e.Z_PK`;
  for (const row of schema.rows(sql)) yield build(row, participants(schema, int(row['id']) ?? -1), { app, nameOf });
}

const participants = (schema: Schema, call: number): string[] => {
  const table = 'ZWACDCALLEVENTPARTICIPANT';
  if (!schema.offers('who took part in calls of WhatsApp', table, 'Z_PK', 'Z1PARTICIPANTS', 'ZJIDSTRING')) return [];
  const sql = 'SELECT p.ZJIDSTRING AS jid FROM ZWACDCALLEVENTPARTICIPANT p WHERE p.Z1PARTICIPANTS = ? ORDER BY p.Z_PK';
  return schema.lookup(sql, call).flatMap((row) => text(row['jid']) ?? []);
};

const build = (
  row: Row,
  others: readonly string[],
  { app, nameOf }: { readonly app: string; readonly nameOf: NameOf },
): Call => {
  const duration = real(row['duration']) ?? 0;
  const creator = text(row['creator']);
  const known = int(row['incoming']);
  const incoming = known === undefined ? creator !== undefined && others.includes(creator) : known === 1;
  const [other] = others;
  return {
    id: text(row['unique']) ?? `${app} ${int(row['id'])}`,
    at: dateFromCocoa(real(row['date'])),
    durationSeconds: duration,
    direction: incoming ? 'in' : 'out',
    answered: duration > 0,
    missed: incoming && (flag(row['unanswered']) || int(row['outcome']) === missed),
    kind: flag(row['video']) ? `${app} video` : app,
    handle: other,
    name: other === undefined ? undefined : nameOf(other),
    participants: others.length > 1 ? others : [],
    participantNames: others.length > 1 ? others.map((jid) => nameOf(jid) ?? jid) : [],
    provider: app,
    location: undefined,
    country: undefined,
  };
};
