import { isBackupError, type KeyChange, type KeyListing } from '@triplicate/core';
import { errorField, failureOf } from '../json/lines.ts';
import type { Line } from '../json/types.ts';
import { formatTimestamp, shortId } from '../output/format.ts';
import type { Style } from '../output/style.ts';
import { formatTable } from '../output/table.ts';
import { formatResults } from './results.ts';

export const formatKeys = (keys: readonly KeyListing[], style: Style): string =>
  formatTable(
    [{ title: 'destination' }, { title: 'id' }, { title: 'made' }, { title: 'by' }, { title: '' }],
    keys.map(({ destination, id, info, current }) => [
      destination,
      shortId(id),
      ...(isBackupError(info)
        ? ['', info.message]
        : [formatTimestamp(info.created), `${info.username}@${info.hostname}`]),
      current ? style.good('in use') : '',
    ]),
    style,
  );

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
    changes.map(({ destination: name, id, error }) =>
      error
        ? { name, mood: 'bad' as const, text: 'failed', error }
        : { name, mood: 'good' as const, text: `key ${shortId(id ?? '')} ${what}` },
    ),
    style,
  );

export const changeLine = (what: What, { destination, id, error }: KeyChange): Line<'keyChange'> => ({
  type: 'key-change',
  change: what,
  destination,
  ...(id === undefined ? {} : { id }),
  ...errorField(error),
});
