/** What the news of a recovery say beside the success: since when it was not well, and why. */
import type { Pipeline, StoredRun } from '@triplicate/core';
import { formatCount, localTime } from '../output/format.ts';
import type { RunNews } from './notify.ts';

/** Runs that are looked through; who failed more often is told of these. */
const lately = 1000;

/** `undefined` where nothing of the runs before is known. The run that succeeded is in the catalog already. */
export const recoveredText = ({ name, catalog }: Pick<Pipeline, 'name' | 'catalog'>): string | undefined => {
  const backups =
    catalog?.runs(lately).filter(({ pipeline, command }) => pipeline === name && command === 'backup') ?? [];
  const before = backups.slice(1);
  const good = before.findIndex(({ ending }) => ending === 'success');
  const bad = good === -1 ? before : before.slice(0, good);
  const [latest, first] = [bad[0], bad.at(-1)];
  if (latest === undefined || first === undefined) return undefined;
  return [
    `${name} recovered: it was backed up again, after ${formatCount(bad.length, 'run')} ${wrongs(bad)} since ${localTime(first.started)}`,
    `the last of them: ${[latest.text, ...reasons(latest)].join('; ')}`,
  ].join('\n');
};

/** As the news of that run had them, each once. */
const reasons = ({ report }: StoredRun): string[] => {
  const { outcomes = [] } = (report ?? {}) as Partial<RunNews>;
  return [...new Set(outcomes.flatMap(({ message }) => message ?? []))];
};

const wrongs = (runs: readonly StoredRun[]): string =>
  runs.every(({ ending }) => ending === 'partial')
    ? 'that left something out'
    : runs.every(({ ending }) => ending === 'failure')
      ? 'that failed'
      : 'that failed or left something out';
