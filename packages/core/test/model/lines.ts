/** What commands say, a line for each, for the log of the model. */
import type { Outcome } from '../../src/events.ts';
import type { HealResult } from '../../src/run/heal.ts';
import type { SyncResult } from '../../src/run/sync.ts';

export const outcomeLine = ({ source, destination, status, error }: Outcome): string =>
  `${source} on ${destination} is ${status}: ${error?.message}`;

export const syncLine = ({ destination, status, snapshots, incomplete, error }: SyncResult): string =>
  `${destination} ${status} ${snapshots}${incomplete.length > 0 ? ` (${incomplete.length} incomplete)` : ''}${error ? ` ${error.code} ${error.message}` : ''}`;

export const healLine = ({ destination, status, found, left, error }: HealResult): string =>
  `${destination} ${status} ${found.length}/${left.length}${error ? ` ${error.code} ${error.message}` : ''}`;
