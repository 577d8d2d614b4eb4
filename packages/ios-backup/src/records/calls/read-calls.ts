import type { IosBackup } from '../../backup/ios-backup.ts';
import { dateFromCocoa } from '../../decode/apple-time.ts';
import { flag, int, real, text } from '../../sqlite/row.ts';
import type { Row } from '../../sqlite/row.ts';
import { Schema, quote } from '../../sqlite/schema.ts';
import { knownPeople } from '../known-people.ts';
import { matchesPerson } from '../people.ts';
import type { People } from '../people.ts';
import { outsidePeriod } from '../record-options.ts';
import type { RecordOptions } from '../record-options.ts';
import type { Call } from './call.ts';
import { KnownCalls } from './known-calls.ts';
import { oldCalls, oldCallsPlace } from './old-calls.ts';
import { whatsAppCalls } from './whatsapp-calls.ts';

const messengers = [
  ['AppDomainGroup-group.net.whatsapp.WhatsApp.shared', 'WhatsApp'],
  ['AppDomainGroup-group.net.whatsapp.WhatsAppSMB.shared', 'WhatsApp Business'],
] as const;

const folder = 'Library/CallHistoryDB';
const stores = ['CallHistory.storedata', 'CallHistoryTemp.storedata'] as const;

const wanted = {
  id: ['Z_PK'],
  date: ['ZDATE'],
  duration: ['ZDURATION'],
  address: ['ZADDRESS'],
  originated: ['ZORIGINATED'],
  answered: ['ZANSWERED'],
  type: ['ZCALLTYPE'],
  provider: ['ZSERVICE_PROVIDER'],
  name: ['ZNAME'],
  location: ['ZLOCATION'],
  country: ['ZISO_COUNTRY_CODE'],
  unique: ['ZUNIQUE_ID'],
} as const;

/** The call history, oldest first, that of before iOS 8 after it; then the calls that WhatsApp lists and the phone does not. */
export async function* readCalls(backup: IosBackup, options: RecordOptions): AsyncGenerator<Call> {
  const { tally } = options;
  const people = await knownPeople(backup, options);
  const known = messengers.map(() => new KnownCalls(people));
  const seen: Seen = { ids: new Set(), all: new KnownCalls(people), messengers: known, people };
  let found = 0;
  for (const store of stores) {
    await using db = await backup.database({ domain: 'HomeDomain', path: `${folder}/${store}` }, options);
    if (db === undefined) continue;
    found++;
    tally.source(db.label);
    const schema = new Schema(db, tally.gap);
    // The temporary store of a phone that was never locked since has no such table.
    if (store !== stores[0] && !schema.has('ZCALLRECORD')) continue;
    yield* calls(schema, { store, seen }, options);
  }
  if ((yield* callsBefore8(backup, seen, options)) === 0 && found === 0)
    tally.gap(
      backup.info.encrypted
        ? 'calls: the backup has no call history'
        : 'calls: the backup has no call history, which newer versions of iOS put into encrypted backups only',
    );
  for (const [i, [domain, app]] of messengers.entries())
    yield* messengerCalls(backup, { domain, app, names: seen.people, known: known[i] }, options);
}

/** What a newer database took over is left out. Returns how many databases there were. */
async function* callsBefore8(backup: IosBackup, seen: Seen, options: RecordOptions): AsyncGenerator<Call, number> {
  const { tally, filter } = options;
  await using db = await backup.database(oldCallsPlace, options);
  if (db === undefined) return 0;
  tally.source(db.label);
  for (const call of oldCalls(new Schema(db, tally.gap), seen.people)) {
    const why = seen.all.take(call) ? inBoth : skipped(call, seen, filter);
    if (why === undefined) tally.exported();
    else tally.skip(why);
    if (why === undefined) yield call;
  }
  return 1;
}

const inBoth = 'stands in both call databases';

/** What was read so far. */
interface Seen {
  readonly people: People;
  /** Those of the databases before this one. */
  readonly ids: Set<string>;
  readonly all: KnownCalls;
  /** Those of each messenger, as the phone lists them. */
  readonly messengers: readonly KnownCalls[];
}

interface Messenger {
  readonly domain: string;
  readonly app: string;
  readonly names: People;
  readonly known: KnownCalls | undefined;
}

async function* messengerCalls(
  backup: IosBackup,
  { domain, app, names, known }: Messenger,
  options: RecordOptions,
): AsyncGenerator<Call> {
  const { tally, filter } = options;
  await using db = await backup.database({ domain, path: 'CallHistory.sqlite' }, options);
  if (db === undefined) return;
  tally.source(db.label);
  const own = await messengerNames(backup, domain, options);
  const nameOf = (account: string): string | undefined => own.get(account) ?? names.name(account);
  for (const call of whatsAppCalls(new Schema(db, tally.gap), nameOf, { app, tally })) {
    const why = known?.take(call) === true ? inBoth : skipped(call, { ids: new Set(), people: names }, filter);
    if (why === undefined) tally.exported();
    else tally.skip(why);
    if (why === undefined) yield call;
  }
}

/** By account; newer versions know people by another one, too. */
const messengerNames = async (
  backup: IosBackup,
  domain: string,
  options: RecordOptions,
): Promise<ReadonlyMap<string, string>> => {
  const names = new Map<string, string>();
  await using db = await backup.database({ domain, path: 'ContactsV2.sqlite' }, options);
  if (db === undefined) return names;
  const schema = new Schema(db, options.tally.gap);
  const picked = schema.pick('ZWAADDRESSBOOKCONTACT', { name: ['ZFULLNAME'], jid: ['ZWHATSAPPID'], other: ['ZLID'] });
  if (!schema.offers('names of WhatsApp', 'ZWAADDRESSBOOKCONTACT', 'ZFULLNAME')) return names;
  for (const row of schema.rows(`SELECT ${picked.list} FROM ZWAADDRESSBOOKCONTACT`)) {
    const name = text(row['name']);
    for (const jid of [text(row['jid']), text(row['other'])])
      if (name !== undefined && jid !== undefined) names.set(jid, name);
  }
  return names;
};

interface Source {
  readonly store: string;
  readonly seen: Seen;
}

function* calls(schema: Schema, { store, seen }: Source, { tally, filter }: RecordOptions): Generator<Call> {
  schema.require('ZCALLRECORD', 'Z_PK', 'ZDATE');
  const picked = schema.pick('ZCALLRECORD', wanted, 'c');
  tally.missing('ZCALLRECORD', picked.missing);
  const participants = participantQuery(schema);
  if (participants === undefined) tally.gap('participants of group calls: the table that joins them was not found');
  meetAll(schema, seen.people);
  const own: string[] = [];
  for (const row of schema.rows(`SELECT ${picked.list} FROM ZCALLRECORD c ORDER BY c.ZDATE, c.Z_PK`)) {
    const others = participants === undefined ? [] : schema.lookup(participants, int(row['id']) ?? -1);
    const call = build(row, others, { store, people: seen.people });
    const why = skipped(call, seen, filter);
    own.push(call.id);
    // The other of the two stores repeats a call under its identifier.
    if (!seen.ids.has(call.id)) remember(call, seen);
    if (why === undefined) tally.exported();
    else tally.skip(why);
    if (why === undefined) yield call;
  }
  for (const id of own) seen.ids.add(id);
}

const remember = (call: Call, { all, messengers: [whatsApp, business] }: Seen): void => {
  all.add(call);
  if (call.kind === 'WhatsApp') (call.provider?.includes('WhatsAppSMB') === true ? business : whatsApp)?.add(call);
};

/** Which number a short form stands for is told from all that there are. */
const meetAll = (schema: Schema, people: People): void => {
  for (const [table, column] of [
    ['ZCALLRECORD', 'ZADDRESS'],
    ['ZHANDLE', 'ZVALUE'],
  ] as const)
    if (schema.columns(table).has(column))
      for (const row of schema.rows(`SELECT DISTINCT ${column} AS handle FROM ${table}`))
        people.meet(text(row['handle']));
};

const skipped = (
  call: Call,
  { ids, people }: Pick<Seen, 'ids' | 'people'>,
  filter: RecordOptions['filter'],
): string | undefined => {
  if (ids.has(call.id)) return inBoth;
  const asked = filter?.with;
  if (asked !== undefined) {
    const isAsked = (handle: string | undefined, name: string | undefined): boolean =>
      matchesPerson(asked, handle, name) || matchesPerson(asked, undefined, people.name(handle));
    const isWith =
      isAsked(call.handle, call.name) || call.participants.some((h, i) => isAsked(h, call.participantNames[i]));
    if (!isWith) return 'another person';
  }
  return outsidePeriod(call.at, filter);
};

interface Origin {
  readonly store: string;
  readonly people: People;
}

const build = (row: Row, joined: readonly Row[], { store, people }: Origin): Call => {
  const participants = joined.flatMap((other) => text(other['value']) ?? []);
  const handle = text(row['address']);
  const outgoing = flag(row['originated']);
  const answered = flag(row['answered']);
  return {
    id: text(row['unique']) ?? `${store} row ${int(row['id'])}`,
    at: dateFromCocoa(real(row['date'])),
    durationSeconds: real(row['duration']),
    direction: outgoing ? 'out' : 'in',
    answered: answered || (outgoing && (real(row['duration']) ?? 0) > 0),
    missed: !outgoing && !answered,
    kind: kindOf(int(row['type']), text(row['provider'])),
    handle,
    name: text(row['name']) ?? people.name(handle),
    participants,
    participantNames: participants.map((other) => people.name(other) ?? other),
    provider: text(row['provider']),
    location: text(row['location']),
    country: text(row['country']),
  };
};

const kindOf = (type: number | undefined, provider: string | undefined): string => {
  if (type === 8) return 'FaceTime video';
  if (type === 16) return 'FaceTime audio';
  if (type === 1) return 'phone';
  if (provider?.includes('WhatsApp') === true) return 'WhatsApp';
  return type === 0 ? 'app' : `kind ${type ?? 'unknown'}`;
};

/** The numbers in the names of Core Data's join tables and columns differ between versions of iOS, so they are looked for. */
const participantQuery = (schema: Schema): string | undefined => {
  for (const table of schema.tables) {
    if (!/^Z_\d+REMOTEPARTICIPANTHANDLES$/.test(table)) continue;
    const columns = [...schema.columns(table)];
    const call = columns.find((c) => /^Z_\d+REMOTEPARTICIPANTCALLS$/.test(c));
    const handle = columns.find((c) => /^Z_\d+REMOTEPARTICIPANTHANDLES$/.test(c));
    if (
      call === undefined ||
      handle === undefined ||
      !schema.offers('numbers of group calls', 'ZHANDLE', 'Z_PK', 'ZVALUE')
    )
      continue;
    return `SELECT h.ZVALUE AS value FROM ${quote(table)} j JOIN ZHANDLE h ON h.Z_PK = j.${quote(handle)} WHERE j.${quote(call)} = ? ORDER BY h.Z_PK`;
  }
  return undefined;
};
