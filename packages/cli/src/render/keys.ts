import {
  isBackupError,
  madeTogether,
  type DueKey,
  type KeyChange,
  type KeyListing,
  type RunEvent,
} from '@triplicate/core';
import { errorField, failureOf } from '../json/lines.ts';
import type { Line } from '../json/types.ts';
import { formatTimestamp, shortId } from '../output/format.ts';
import type { Style } from '../output/style.ts';
import { formatTable } from '../output/table.ts';
import { formatResults } from './results.ts';

/** The oldest first, on each destination as in the numbers of the sets: a further password changes no number. */
export const formatKeys = (listed: readonly KeyListing[], style: Style): string => {
  const keys = Array.from(Map.groupBy(listed, ({ destination }) => destination).values(), byAge).flat();
  return formatTable(
    [{ title: 'destination' }, { title: 'id' }, { title: 'made' }, { title: 'by' }, { title: 'set' }, { title: '' }],
    keys.map(({ destination, id, info, current }, i) => [
      destination,
      shortId(id),
      ...(isBackupError(info)
        ? ['', info.message, '']
        : [formatTimestamp(info.created), `${info.username}@${info.hostname}`, setOf(keys, i)]),
      current ? style.good('in use') : '',
    ]),
    style,
  );
};

const byAge = (keys: readonly KeyListing[]): KeyListing[] => keys.toSorted((a, b) => madeAt(a) - madeAt(b));

const madeAt = ({ info }: KeyListing): number => (isBackupError(info) ? Infinity : Date.parse(info.created));

const settledWords = {
  changed: 'the new password opens it now, and the old one no more',
  removed: 'the password that was taken away opens it no more',
} as const;

export const keySettledText = ({ destination, change }: Extract<RunEvent, { readonly type: 'key-settled' }>): string =>
  `${destination}: ${settledWords[change]}`;

const dueWords = {
  changed: 'the password that was changed',
  removed: 'the password that was taken away',
} as const;

/** For as long as it has not been there again. */
export const keysDueText = (destination: string, due: readonly DueKey[]): string[] =>
  [...new Map(due.map((one) => [`${one.change} ${dayOf(one)}`, one])).values()].map(
    (one) =>
      `${destination}: ${dueWords[one.change]} on ${dayOf(one)} still opens it, until a \`backup\`, \`sync\` or \`heal\` with it there`,
  );

const dayOf = ({ since }: DueKey): string => since.toISOString().slice(0, 10);

export const keyDueLine = (destination: string, { change, since }: DueKey): Line<'keyDue'> => ({
  type: 'key-due',
  destination,
  change,
  since: since.toISOString(),
});

/** One number for the keys of one password, as far as one can know: they are in use, or were made together. */
const setOf = (keys: readonly KeyListing[], i: number): string => {
  const isOne = (a: KeyListing, b: KeyListing): boolean => (a.current && b.current) || madeTogether(a.info, b.info);
  const firstOf = (key: KeyListing): KeyListing => keys.find((other) => isOne(other, key)) ?? key;
  const firsts = [...new Set(byAge(keys.filter(({ info }) => !isBackupError(info))).map(firstOf))];
  const key = keys[i];
  return key === undefined ? '' : String(firsts.indexOf(firstOf(key)) + 1);
};

export const keyLine = ({ destination, id, info, current }: KeyListing): Line<'key'> => ({
  type: 'key',
  destination,
  id,
  current,
  ...(isBackupError(info)
    ? { error: failureOf(info) }
    : { created: info.created, username: info.username, hostname: info.hostname }),
});

type What = 'added' | 'changed' | 'removed';

export const formatKeyChanges = (what: What, changes: readonly KeyChange[], style: Style): string =>
  formatResults(
    changes.map(({ destination: name, id, already, error }) => {
      if (error) return { name, mood: 'bad' as const, text: 'failed', error };
      const key = `key ${shortId(id ?? '')}`;
      if (already) return { name, mood: 'caution' as const, text: `no key added: ${key} opens it with this password` };
      return { name, mood: 'good' as const, text: `${key} ${what}` };
    }),
    style,
  );

export const changeLine = (what: What, { destination, id, already, error }: KeyChange): Line<'keyChange'> => ({
  type: 'key-change',
  change: already ? 'unchanged' : what,
  destination,
  ...(id === undefined ? {} : { id }),
  ...errorField(error),
});
