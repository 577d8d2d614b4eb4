import type { InitReport } from '@triplicate/core';
import type { Setup } from '../init/run-init.ts';
import { errorField } from '../json/lines.ts';
import type { Line } from '../json/types.ts';
import { formatList } from '../output/format.ts';
import type { Style } from '../output/style.ts';
import { absentMoods, absentWords, formatResults } from './results.ts';

export const formatInit = (
  report: InitReport,
  setup: Pick<Setup, 'file' | 'isWritten' | 'passwordFile'>,
  style: Style,
): string => {
  const { created, existing, absent, isNew } = report;
  const names = created.map(({ destination }) => destination);
  const lines = setup.isWritten ? [`wrote ${setup.file}`] : [];
  if (names.length > 0)
    lines.push(style.good(`${isNew ? 'created the repository' : 'added a replica'} on ${formatList(names)}`));
  if (existing.length > 0) lines.push(`already there: ${formatList(existing)}`);
  const rows = absent.map(({ name, status, error }) => ({
    name,
    mood: absentMoods[status],
    text: absentWords[status],
    error,
  }));
  if (rows.length > 0) lines.push(formatResults(rows, style));
  if (setup.passwordFile !== undefined) {
    lines.push(
      style.caution(`the password is in ${setup.passwordFile}`),
      style.caution('keep a copy of it somewhere else: without it nobody can restore anything'),
    );
  }
  if (names.length > 0) lines.push(style.faint(`next: triplicate ${isNew ? 'backup' : 'sync'}`));
  return lines.join('\n');
};

export const initSummary = (
  { created, existing, absent, isNew }: InitReport,
  { pipeline, file }: { readonly pipeline: string; readonly file: string },
): Line<'initSummary'> => ({
  type: 'summary',
  command: 'init',
  pipeline,
  config: file,
  isNew,
  destinations: [
    ...created.map(({ destination, id, label }) => ({ destination, status: 'created' as const, id, label })),
    ...existing.map((destination) => ({ destination, status: 'existing' as const })),
    ...absent.map(({ name, status, error }) => ({ destination: name, status, ...errorField(error) })),
  ],
});
