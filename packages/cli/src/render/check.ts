import type { CheckError, CheckResult } from '@triplicate/core';
import { errorField } from '../json/lines.ts';
import type { Line } from '../json/types.ts';
import { formatBytes, formatCount, formatNumber, shortId } from '../output/format.ts';
import type { Style } from '../output/style.ts';
import { absentMoods, absentWords, formatResults, type ResultRow } from './results.ts';

const mostErrors = 10;

export const formatCheck = (results: readonly CheckResult[], style: Style): string => {
  const damaged = results.filter(({ status }) => status === 'damaged').map(({ destination }) => destination);
  const hint = damaged.length > 0 ? [style.faint(`hint: run \`triplicate heal ${damaged.join(' ')}\``)] : [];
  return [formatResults(results.map(checkRow), style), ...hint].join('\n');
};

const checkRow = (result: CheckResult): ResultRow => {
  const { destination: name, status, errors, lost, error } = result;
  if (status === 'whole' && lost.length > 0) {
    const text = `whole, but it has lost ${formatCount(lost.length, 'snapshot')} that it had: ${seen(result)}`;
    return { name, mood: 'caution', text, details: firstFew(lost.map((id) => `snapshot ${shortId(id)} is gone`)) };
  }
  if (status === 'whole') return { name, mood: 'good', text: `whole: ${seen(result)}`, details: unusedWords(result) };
  if (status !== 'damaged') return { name, mood: absentMoods[status], text: absentWords[status], error };
  return {
    name,
    mood: 'bad',
    text: `damaged: ${formatCount(errors.length, 'error')} in ${seen(result)}`,
    details: namedErrors(errors),
  };
};

/** Only of a destination that is whole: where something is lacking they may be what is needed. */
const unusedWords = ({ unused }: CheckResult): string[] =>
  unused === 0
    ? []
    : [
        'what no index names was left by a run that was cut off: the next backup may use it, and `triplicate prune` frees it',
      ];

const seen = ({ snapshots, packs, packsRead, bytesRead, unused }: CheckResult): string => {
  const read = packsRead > 0 ? `, ${formatCount(packsRead, 'pack')} read (${formatBytes(bytesRead)})` : '';
  const left = unused > 0 ? `, ${formatCount(unused, 'pack')} that no index names` : '';
  return `${formatCount(snapshots, 'snapshot')}, ${formatCount(packs, 'pack')}${read}${left}`;
};

/** The first errors in words, the rest as a number. */
export const namedErrors = (errors: readonly CheckError[]): string[] => firstFew(errors.map(({ message }) => message));

const firstFew = (lines: readonly string[]): string[] => {
  const named = lines.slice(0, mostErrors);
  const more = lines.length - named.length;
  return more > 0 ? [...named, `and ${formatNumber(more)} more`] : named;
};

export const checkSummary = (results: readonly CheckResult[], pipeline: string): Line<'checkSummary'> => ({
  type: 'summary',
  command: 'check',
  pipeline,
  destinations: results.map(({ errors, lost, error, ...counts }) => ({
    ...counts,
    lost: [...lost],
    errors: errors.map((one) => ({ ...one })),
    ...errorField(error),
  })),
});
