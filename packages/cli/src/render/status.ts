import type { DestinationStatus, PipelineStatus, SourceStatus } from '@triplicate/core';
import { errorField } from '../json/lines.ts';
import type { Line } from '../json/types.ts';
import { asClause } from '../output/error.ts';
import { formatAgo, formatBytes, formatCount, formatNumber, formatTimestamp, shortId } from '../output/format.ts';
import type { Style } from '../output/style.ts';
import { formatTable } from '../output/table.ts';

export const formatStatus = (
  { pipeline, sources, destinations, coverage }: PipelineStatus,
  now: Date,
  style: Style,
): string => {
  const { verdict, copies, media, offsite, missing, advice } = coverage;
  const kept = verdict === 'kept';
  const counts = `${formatCount(copies, 'copy', 'copies')} with the original, ${formatCount(media, 'kind')} of media, ${formatNumber(offsite)} off site`;
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
    sourceTable(sources, style),
    '',
    destinationTable(destinations, now, style),
    ...errors,
  ].join('\n');
};

const sourceTable = (sources: readonly SourceStatus[], style: Style): string =>
  formatTable(
    [{ title: 'source' }, { title: 'last snapshot' }, { title: 'of' }, { title: 'on' }],
    sources.map(({ source, last, on }) =>
      last === undefined
        ? [source, 'none', '', '']
        : [source, shortId(last.id), formatTimestamp(last.time), on.join(', ')],
    ),
    style,
  );

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
      formatNumber(status.snapshots),
      checkText(status, now),
      proofText(status, now),
      spaceText(status),
    ]),
    style,
  );

const stateText = ({ state, behindBy, lastSeen, overdue }: DestinationStatus, now: Date): string => {
  const late = overdue ? ', overdue' : '';
  const seen = lastSeen === undefined ? '' : `, seen ${formatAgo(now.getTime() - lastSeen.getTime())}`;
  switch (state) {
    case 'current':
      return 'current';
    case 'behind':
      return `behind by ${formatCount(behindBy, 'snapshot')}`;
    case 'away':
      return `away${seen}${late}`;
    case 'unreachable':
      return `unreachable${seen}${late}`;
    case 'empty':
      return 'no repository';
  }
};

const checkText = ({ lastCheck }: DestinationStatus, now: Date): string => {
  if (lastCheck === undefined) return 'never';
  const how = lastCheck.readData ? ', data read' : '';
  return `${formatAgo(now.getTime() - lastCheck.at.getTime())}, ${lastCheck.whole ? 'whole' : 'damaged'}${how}`;
};

const proofText = ({ lastProof }: DestinationStatus, now: Date): string => {
  if (lastProof === undefined) return 'never';
  return `${formatAgo(now.getTime() - lastProof.at.getTime())}${lastProof.passed ? '' : ', failed'}`;
};

const spaceText = ({ freeBytes, fullAt }: DestinationStatus): string => {
  if (freeBytes === undefined) return '';
  return fullAt === undefined
    ? formatBytes(freeBytes)
    : `${formatBytes(freeBytes)}, full ${fullAt.toISOString().slice(0, 10)}`;
};

export const statusLine = ({ pipeline, sources, destinations, coverage }: PipelineStatus): Line<'status'> => ({
  type: 'status',
  pipeline,
  sources: sources.map(({ source, snapshots, last, on }) => ({
    source,
    snapshots,
    on: [...on],
    ...(last ? { last: { ...last } } : {}),
  })),
  destinations: destinations.map(({ last, lastSeen, lastCheck, lastProof, fullAt, error, ...rest }) => ({
    ...rest,
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
