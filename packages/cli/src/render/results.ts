import type { BackupError } from '@triplicate/core';
import { asClause, shortNames } from '../output/error.ts';
import type { Style } from '../output/style.ts';
import { padEnd, widthOf } from '../output/width.ts';

/** One destination in a list of results: its name, what became of it, and why. */
export interface ResultRow {
  readonly name: string;
  readonly mood: 'good' | 'caution' | 'bad';
  readonly text: string;
  readonly details?: readonly string[];
  readonly error?: BackupError | undefined;
}

export const formatResults = (rows: readonly ResultRow[], style: Style): string => {
  const width = Math.max(0, ...rows.map(({ name }) => widthOf(name)));
  return rows
    .flatMap(({ name, mood, text, details = [], error }) => [
      `${style.strong(padEnd(name, width))}  ${style[mood](error === undefined ? text : `${text}: ${shortNames(error.message)}`)}`,
      ...details.map((detail) => `  ${detail}`),
      ...(error?.hint === undefined ? [] : [style.faint(`  hint: ${asClause(error.hint)}`)]),
    ])
    .join('\n');
};

/** How a destination is that took no part. */
export const absentMoods = { failed: 'bad', skipped: 'caution', locked: 'caution' } as const;
export const absentWords = { failed: 'failed', skipped: 'skipped', locked: 'locked' } as const;
