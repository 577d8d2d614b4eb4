import type { StoredRun } from '@triplicate/core';
import type { Line } from '../json/types.ts';
import { formatDuration, localTime } from '../output/format.ts';
import { formatTable } from '../output/table.ts';
import type { Style } from '../output/style.ts';

const moods = { success: 'good', partial: 'caution', failure: 'bad' } as const;

/** `room` is how many columns the terminal has. */
export const formatRuns = (runs: readonly StoredRun[], style: Style, room?: number): string => {
  if (runs.length === 0) return 'nothing has run here yet';
  const columns = [
    ...['began', 'took', 'pipeline', 'command', 'ended'].map((title) => ({ title })),
    { title: '', prose: true },
  ];
  return formatTable(
    columns,
    runs.map(({ started, ended, pipeline, command, ending, text }) => [
      localTime(started),
      formatDuration(ended - started),
      pipeline,
      command,
      style[moods[ending]](ending),
      text,
    ]),
    style,
    room,
  );
};

export const runLine = ({ pipeline, command, started, ended, ending, text, report }: StoredRun): Line<'run'> => ({
  type: 'run',
  pipeline,
  command,
  started: new Date(started).toISOString(),
  ended: new Date(ended).toISOString(),
  ending,
  text,
  report: report ?? null,
});
