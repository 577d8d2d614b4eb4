import type { VerifyResult } from '@triplicate/core';
import { errorField } from '../json/lines.ts';
import type { Line } from '../json/types.ts';
import { formatBytes, formatCount } from '../output/format.ts';
import type { Style } from '../output/style.ts';
import { namedErrors } from './check.ts';
import { absentMoods, absentWords, formatResults, type ResultRow } from './results.ts';

export const formatVerify = (results: readonly VerifyResult[], style: Style): string =>
  formatResults(results.map(verifyRow), style);

const verifyRow = ({
  destination: name,
  status,
  packs,
  packsRead,
  bytesRead,
  found,
  left,
  error,
}: VerifyResult): ResultRow => {
  const read = `read ${packsRead} of ${formatCount(packs, 'pack')}, ${formatBytes(bytesRead)}`;
  switch (status) {
    case 'whole':
      return { name, mood: 'good', text: `${read}: all whole` };
    case 'healed':
      return {
        name,
        mood: 'caution',
        text: `${read}: ${formatCount(found.length, 'fault')}, mended from the others`,
        details: namedErrors(found),
      };
    case 'damaged':
      return {
        name,
        mood: 'bad',
        text: `${read}: ${formatCount(left.length, 'fault')} not mended`,
        details: namedErrors(left),
        error,
      };
    case 'failed':
    case 'skipped':
    case 'locked':
      return { name, mood: absentMoods[status], text: absentWords[status], error };
  }
};

export const verifySummary = (results: readonly VerifyResult[], pipeline: string): Line<'verifySummary'> => ({
  type: 'summary',
  command: 'verify',
  pipeline,
  destinations: results.map(({ found, left, error, ...result }) => ({
    ...result,
    found: found.map((one) => ({ ...one })),
    left: left.map((one) => ({ ...one })),
    ...errorField(error),
  })),
});
