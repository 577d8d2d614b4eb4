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
  const { created, existing, exchanged, absent, isNew } = report;
  const names = created.map(({ destination }) => destination);
  const lines = setup.isWritten ? [`wrote ${setup.file}`] : [];
  if (names.length > 0)
    lines.push(style.good(`${isNew ? 'created the repository' : 'added a replica'} on ${formatList(names)}`));
  if (existing.length > 0) lines.push(`already there: ${formatList(existing)}`);
  lines.push(...exchanged.map((exchange) => style.caution(exchangeWords(exchange))));
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

const exchangeWords = ({ destination, from }: InitReport['exchanged'][number]): string =>
  from === undefined
    ? `"${destination}" holds another replica than before, and keeps it from now on`
    : `"${destination}" holds the replica that "${from}" had, and keeps it from now on`;

export const initSummary = (
  { created, existing, exchanged, absent, isNew }: InitReport,
  { pipeline, file }: { readonly pipeline: string; readonly file: string },
): Line<'initSummary'> => ({
  type: 'summary',
  command: 'init',
  pipeline,
  config: file,
  isNew,
  destinations: [
    ...created.map(({ destination, id, label }) => ({ destination, status: 'created' as const, id, label })),
    ...existing.map((destination) => {
      const exchange = exchanged.find((one) => one.destination === destination);
      return {
        destination,
        status: 'existing' as const,
        ...(exchange === undefined ? {} : { exchanged: { from: exchange.from ?? null } }),
      };
    }),
    ...absent.map(({ name, status, error }) => ({ destination: name, status, ...errorField(error) })),
  ],
});
