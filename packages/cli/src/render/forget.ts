import type { ForgetDecision, ForgetPlan, ForgetResult } from '@triplicate/core';
import { errorField } from '../json/lines.ts';
import type { Line } from '../json/types.ts';
import { formatCount, formatList, formatTimestamp, shortId } from '../output/format.ts';
import type { Style } from '../output/style.ts';
import { formatTable } from '../output/table.ts';
import { formatResults, type ResultRow } from './results.ts';

/** One row a snapshot where all destinations agree, and one for each of them where they do not. */
export const formatForgetPlan = (plan: ForgetPlan, style: Style): string => {
  const gone = goneWords(plan);
  if (plan.decisions.length === 0) return gone ?? 'there is no snapshot';
  return [formatDecisions(plan.decisions, style), ...(gone === undefined ? [] : ['', gone])].join('\n');
};

const isHeldBack = (reason: string): boolean => reason.startsWith('held back: ');

/** The reasons that are sentences, once for all rows: the table says "held back", and this why. */
export const formatLongReasons = ({ decisions }: ForgetPlan): string | undefined => {
  const long = new Set(decisions.flatMap(({ reasons }) => reasons.filter(isHeldBack)));
  return long.size === 0 ? undefined : [...long].join('\n');
};

const mostNamed = 3;

const goneWords = ({ gone = [] }: ForgetPlan): string | undefined => {
  if (gone.length === 0) return undefined;
  const more = gone.length - mostNamed;
  const named = formatList([...gone.slice(0, mostNamed).map(shortId), ...(more > 0 ? [`${more} more`] : [])]);
  return `lost, and on no destination any more: ${named}`;
};

const formatDecisions = (decisions: ForgetPlan['decisions'], style: Style): string => {
  const bySnapshot = [...Map.groupBy(decisions, ({ snapshot }) => snapshot.id).values()].toSorted(([a], [b]) =>
    Number((a?.snapshot.timeNs ?? 0n) - (b?.snapshot.timeNs ?? 0n)),
  );
  const rows = bySnapshot.flatMap((some) =>
    [...Map.groupBy(some, ({ keep, reasons }) => JSON.stringify([keep, reasons])).values()].map((alike) =>
      planRow(alike, style),
    ),
  );
  const columns = ['id', 'time', 'source', 'on', 'plan', 'why'].map((title) => ({ title }));
  return formatTable(columns, rows, style);
};

/** What accepting alone did: the history that was held back is not gone with it. */
export const formatAccepted = ({ accepted = [] }: ForgetPlan, { dryRun }: { readonly dryRun: boolean }): string => {
  if (accepted.length === 0) return 'no sudden change waits to be accepted';
  const which = accepted.map(
    ({ snapshot: { id, source } }) => `the change of ${source ?? 'a source'} in snapshot ${shortId(id)}`,
  );
  const changes = formatList(which);
  return dryRun
    ? `would accept ${changes}; this is what \`triplicate forget\` takes after it:`
    : `accepted ${changes}; nothing was forgotten. What was held back goes with the next \`triplicate forget\`, or with the daemon's next round, where a policy does not keep it: \`triplicate forget --dry-run\` shows it.`;
};

const planRow = (alike: readonly ForgetDecision[], style: Style): readonly string[] => {
  const [first] = alike;
  if (!first) return [];
  const { snapshot, keep, reasons } = first;
  return [
    shortId(snapshot.id),
    formatTimestamp(snapshot.file.time),
    snapshot.source ?? snapshot.file.paths.join(', '),
    alike.map(({ destination }) => destination).join(', '),
    keep ? style.good('stays') : style.caution('goes'),
    reasons.map((reason) => (isHeldBack(reason) ? 'held back' : reason)).join(', '),
  ];
};

export const formatForget = (
  results: readonly ForgetResult[],
  { dryRun }: { readonly dryRun: boolean },
  style: Style,
): string =>
  `\n${formatResults(
    results.map((result) => resultRow(result, dryRun)),
    style,
  )}`;

const resultRow = ({ destination: name, status, forgotten, kept, error }: ForgetResult, dryRun: boolean): ResultRow => {
  switch (status) {
    case 'done': {
      const would = dryRun ? 'would forget' : 'forgot';
      const text = forgotten === 0 ? 'nothing to forget' : `${would} ${formatCount(forgotten, 'snapshot')}`;
      return { name, mood: dryRun && forgotten > 0 ? 'caution' : 'good', text: `${text}, ${kept} kept` };
    }
    case 'pending':
      return { name, mood: 'caution', text: 'out of reach; it forgets when it is back', error };
    case 'failed':
    case 'skipped':
    case 'locked':
      return { name, mood: status === 'failed' ? 'bad' : 'caution', text: status, error };
  }
};

/** In a sentence: how many went from where. One snapshot goes from each of its destinations, so their counts are not added. */
export const forgetText = (results: readonly ForgetResult[], gone = 0): string => {
  const byCount = Map.groupBy(
    results.filter(({ forgotten }) => forgotten > 0),
    ({ forgotten }) => forgotten,
  );
  const parts = [...byCount].map(
    ([count, some]) => `${formatCount(count, 'snapshot')} on ${formatList(some.map(({ destination }) => destination))}`,
  );
  if (gone > 0) parts.push(`${formatCount(gone, 'lost snapshot')} that no destination had any more`);
  return parts.length === 0 ? 'nothing to forget' : `forgot ${parts.join('; ')}`;
};

export const forgetLine = ({ snapshot, destination, keep, reasons }: ForgetDecision): Line<'forget'> => ({
  type: 'forget',
  id: snapshot.id,
  time: snapshot.file.time,
  source: snapshot.source ?? null,
  destination,
  keep,
  reasons: [...reasons],
});

export const forgetSummary = (
  results: readonly ForgetResult[],
  { pipeline, dryRun, gone }: { readonly pipeline: string; readonly dryRun: boolean; readonly gone: readonly string[] },
): Line<'forgetSummary'> => ({
  type: 'summary',
  command: 'forget',
  pipeline,
  dryRun,
  gone: [...gone],
  destinations: results.map(({ error, ...result }) => ({ ...result, ...errorField(error) })),
});
