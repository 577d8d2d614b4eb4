import type { ProofResult } from '@triplicate/core';
import { errorField } from '../json/lines.ts';
import type { Line } from '../json/types.ts';
import { formatBytes, formatCount } from '../output/format.ts';
import type { Style } from '../output/style.ts';
import { absentMoods, absentWords, formatResults, type ResultRow } from './results.ts';

export const formatProof = (results: readonly ProofResult[], style: Style): string =>
  formatResults(results.map(proofRow), style);

const proofRow = ({ destination: name, status, snapshots, files, bytes, problems, error }: ProofResult): ResultRow => {
  const amount = `${formatCount(files, 'file')} of ${formatCount(snapshots, 'snapshot')}, ${formatBytes(bytes)}`;
  switch (status) {
    case 'proven':
      return { name, mood: 'good', text: `restores: ${amount} came back whole` };
    case 'disproven':
      return {
        name,
        mood: 'bad',
        text: `does not restore: ${formatCount(problems.length, 'problem')} in ${amount}`,
        details: problems,
      };
    case 'failed':
    case 'skipped':
    case 'locked':
      return { name, mood: absentMoods[status], text: absentWords[status], error };
  }
};

export const proofSummary = (results: readonly ProofResult[], pipeline: string): Line<'proofSummary'> => ({
  type: 'summary',
  command: 'proof',
  pipeline,
  destinations: results.map(({ problems, error, ...result }) => ({
    ...result,
    problems: [...problems],
    ...errorField(error),
  })),
});
