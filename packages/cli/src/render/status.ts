import type {
  BackupError,
  DestinationStatus,
  FormerSource,
  PipelineStatus,
  SeenKind,
  SourceStatus,
} from '@triplicate/core';
import { errorField, failureOf } from '../json/lines.ts';
import type { Line } from '../json/types.ts';
import { asClause } from '../output/error.ts';
import { formatAgo, formatBytes, formatCount, formatNumber, formatTimestamp, shortId } from '../output/format.ts';
import type { Style } from '../output/style.ts';
import { formatTable } from '../output/table.ts';
import { keysDueText } from './keys.ts';

export const formatStatus = (
  { pipeline, sources, formerSources, destinations, coverage }: PipelineStatus,
  now: Date,
  style: Style,
): string => {
  const { verdict, copies, original, media, offsite, missing, advice } = coverage;
  const kept = verdict === 'kept';
  const counts = `${formatCount(copies, 'copy', 'copies')} ${original ? 'with' : 'without'} the original, ${formatCount(media, 'kind')} of media, ${formatNumber(offsite)} off site`;
  const title = `${style.strong(pipeline)}  ${kept ? style.good('the 3-2-1 rule is kept') : style.bad('the 3-2-1 rule is not kept')}`;
  const lacks = [
    ...missing.map(({ what, mend }) => `  ${style.caution(what)}: ${mend}`),
    ...(kept ? advice.map(({ what, mend }) => `  ${style.faint(`better still: ${what}; ${mend}`)}`) : []),
  ];
  const errors = destinations.flatMap(({ destination, error }) =>
    error
      ? [style.faint(`${destination}: ${error.message}${error.hint === undefined ? '' : `; ${asClause(error.hint)}`}`)]
      : [],
  );
  return [
    title,
    `  ${counts}`,
    ...lacks,
    '',
    sourceTable(sources, destinations, style),
    ...sources.flatMap((source) => elsewhereText(source, now, style)),
    ...formerSources.map((former) => style.faint(formerText(former))),
    ...sources.flatMap(({ alarms }) => alarms.flatMap(({ error }) => alarmText(error, style))),
    '',
    destinationTable(destinations, now, style),
    ...destinations.flatMap((status) => goneText(status, now, style)),
    ...destinations.flatMap((status) => fullText(status, style)),
    ...destinations.flatMap((one) => keysDueText(one.destination, one.keysDue).map((text) => style.caution(text))),
    ...errors,
  ].join('\n');
};

const sourceTable = (
  sources: readonly SourceStatus[],
  destinations: readonly DestinationStatus[],
  style: Style,
): string => {
  // Without a place that can be looked at there is only what is remembered.
  const isHidden = destinations.every(({ state }) => goneWords[state] !== undefined);
  const none = isHidden && destinations.some(({ snapshots }) => snapshots > 0) ? 'not known' : 'none';
  return formatTable(
    [{ title: 'source' }, { title: 'last snapshot' }, { title: 'of' }, { title: 'on' }],
    sources.map(({ source, last, on }) =>
      last === undefined
        ? [source, none, '', '']
        : [source, `${isHidden ? 'was ' : ''}${shortId(last.id)}`, formatTimestamp(last.time), on.join(', ')],
    ),
    style,
  );
};

const seenWords: Readonly<Record<SeenKind, string>> = {
  phone: 'seen',
  icloud: 'iCloud',
  finder: 'Finder',
};

/** Copies that are not ours. */
const elsewhereText = ({ source, elsewhere }: SourceStatus, now: Date, style: Style): string[] => {
  const parts = elsewhere.map(({ kind, at }) => `${seenWords[kind]} ${formatAgo(now.getTime() - at.getTime())}`);
  return parts.length === 0 ? [] : [style.faint(`${source}: ${parts.join(', ')}`)];
};

const formerText = ({ source, snapshots, last }: FormerSource): string =>
  `${source}: not in the configuration; ${formatCount(snapshots, 'snapshot')}, the last of ${formatTimestamp(last.time)}`;

const alarmText = ({ message, hint }: BackupError, style: Style): string[] => [
  style.bad(message),
  style.faint(`  hint: ${asClause(hint ?? '')}`),
];

const destinationTable = (destinations: readonly DestinationStatus[], now: Date, style: Style): string =>
  formatTable(
    [
      { title: 'destination' },
      { title: 'state' },
      { title: 'snapshots', align: 'right' },
      { title: 'last check' },
      { title: 'proof' },
      { title: 'free', align: 'right' },
    ],
    destinations.map((status) => [
      status.destination,
      stateText(status, now),
      snapshotsText(status),
      checkText(status, now),
      proofText(status, now),
      spaceText(status),
    ]),
    style,
  );

/** How long ago, as short as can be: a row has 80 columns. */
const shortAgo = (ms: number): string => {
  // By a clock that is or was wrong.
  if (ms <= -3_600_000) return `in ${shortAgo(-ms)}`;
  const hours = Math.floor(ms / 3_600_000);
  if (hours < 1) return 'now';
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} d`;
};

const stateText = ({ state, behindBy, lastSeen, overdue }: DestinationStatus, now: Date): string => {
  const seen = lastSeen === undefined ? '' : ` ${shortAgo(now.getTime() - lastSeen.getTime())}`;
  switch (state) {
    case 'current':
      return 'current';
    case 'behind':
      return `behind by ${formatNumber(behindBy)}`;
    case 'read-only':
      return behindBy > 0 ? `read only, lacks ${formatNumber(behindBy)}` : 'read only';
    case 'away':
      return `${overdue ? 'overdue' : 'away'}${seen}`;
    case 'unreachable':
      return `unreachable${seen}`;
    case 'empty':
      return 'no repository';
  }
};

/** What is remembered of a place that cannot be looked at is no count of what it has. */
const snapshotsText = ({ state, snapshots }: DestinationStatus): string => {
  if (goneWords[state] === undefined) return formatNumber(snapshots);
  return snapshots === 0 ? '' : `was ${formatNumber(snapshots)}`;
};

const goneWords: Readonly<Record<DestinationStatus['state'], string | undefined>> = {
  current: undefined,
  behind: undefined,
  'read-only': undefined,
  away: 'not there now',
  unreachable: 'not reachable now',
  empty: 'no repository there now',
};

/** Of which places the figures are memory, and how old it is. */
const goneText = (
  { destination, state, snapshots, lastSeen }: DestinationStatus,
  now: Date,
  style: Style,
): string[] => {
  const gone = goneWords[state];
  if (gone === undefined || snapshots === 0) return [];
  const when = lastSeen === undefined ? '' : `, ${formatAgo(now.getTime() - lastSeen.getTime())}`;
  return [style.caution(`${destination}: ${gone}; ${formatCount(snapshots, 'snapshot')} when last seen${when}`)];
};

const checkText = ({ lastCheck }: DestinationStatus, now: Date): string => {
  if (lastCheck === undefined) return 'never';
  const ago = shortAgo(now.getTime() - lastCheck.at.getTime());
  if (!lastCheck.whole) return `${ago}, damaged`;
  return `${ago}${lastCheck.readData ? ', read' : ''}`;
};

const proofText = ({ lastProof }: DestinationStatus, now: Date): string => {
  if (lastProof === undefined) return 'never';
  return `${shortAgo(now.getTime() - lastProof.at.getTime())}${lastProof.passed ? '' : ', failed'}`;
};

const spaceText = ({ freeBytes }: DestinationStatus): string => (freeBytes === undefined ? '' : formatBytes(freeBytes));

/** The day on which no room is left. */
const fullText = ({ destination, fullAt }: DestinationStatus, style: Style): string[] =>
  fullAt === undefined
    ? []
    : [style.faint(`${destination}: full on ${fullAt.toISOString().slice(0, 10)} if it goes on so`)];

export const statusLine = ({
  pipeline,
  sources,
  formerSources,
  destinations,
  coverage,
}: PipelineStatus): Line<'status'> => ({
  type: 'status',
  pipeline,
  sources: sources.map(({ source, snapshots, last, on, gone, elsewhere, alarms }) => ({
    source,
    snapshots,
    on: [...on],
    gone: [...gone],
    elsewhere: elsewhere.map(({ kind, at }) => ({ kind, at: at.toISOString() })),
    alarms: alarms.map(({ snapshot, error }) => ({ snapshot, ...failureOf(error) })),
    ...(last ? { last: { ...last } } : {}),
  })),
  formerSources: formerSources.map((former) => ({ ...former, last: { ...former.last } })),
  destinations: destinations.map(({ last, lost, keysDue, lastSeen, lastCheck, lastProof, fullAt, error, ...rest }) => ({
    ...rest,
    lost: [...lost],
    keysDue: keysDue.map(({ change, since }) => ({ change, since: since.toISOString() })),
    ...(last ? { last: { ...last } } : {}),
    ...(lastSeen ? { lastSeen: lastSeen.toISOString() } : {}),
    ...(lastProof ? { lastProof: { ...lastProof, at: lastProof.at.toISOString() } } : {}),
    ...(fullAt ? { fullAt: fullAt.toISOString() } : {}),
    ...(lastCheck ? { lastCheck: { ...lastCheck, at: lastCheck.at.toISOString() } } : {}),
    ...errorField(error),
  })),
  coverage: {
    ...coverage,
    missing: coverage.missing.map((one) => ({ ...one })),
    advice: coverage.advice.map((one) => ({ ...one })),
  },
});
