import type { CallOptions } from '@triplicate/core';
import { zoneOffset } from '../decode/zone-offset.ts';
import type { Tally } from './tally.ts';

export interface RecordFilter {
  /** Only conversations and calls with this person: part of a name, or a number or address; letter case and punctuation do not matter. */
  readonly with?: string | undefined;
  readonly since?: Date | undefined;
  /** Records from this instant on are left out. */
  readonly until?: Date | undefined;
  /** Where the days of the period are counted: what is all day, or goes by the clock of wherever one is, is taken as of there. UTC when absent. */
  readonly timeZone?: string | undefined;
}

export interface RecordOptions extends CallOptions {
  readonly tally: Tally;
  readonly filter?: RecordFilter | undefined;
  /** Whether the database of contacts' photos is opened; it is when absent, and is large next to the names. */
  readonly contactPhotos?: boolean | undefined;
  /** Whether pictures are given by their files alone where the library's database is damaged or not known; it is an error when absent. */
  readonly salvage?: boolean | undefined;
  /** Whether records are for an iCalendar file: what an import of it would refuse or bring back is skipped; it is not when absent. */
  readonly forCalendarFile?: boolean | undefined;
  /** For locked notes. */
  readonly notePassword?: string | undefined;
}

/** Whether a date passes; what has no date passes only where no period was asked for. */
export const inPeriod = (at: Date | undefined, { since, until }: RecordFilter = {}): boolean => {
  if (since === undefined && until === undefined) return true;
  if (at === undefined) return false;
  return (since === undefined || at >= since) && (until === undefined || at < until);
};

/** Why a record of this date is left out, or `undefined` when it is not. */
export const outsidePeriod = (at: Date | undefined, filter: RecordFilter | undefined): string | undefined =>
  inPeriod(at, filter) ? undefined : at === undefined ? 'has no date' : 'outside the period';

/** The instant at which the clock of the period's zone shows what `clock` says, which is read as if it were in Greenwich. */
export const instantOf = (clock: Date | undefined, { timeZone }: RecordFilter = {}): Date | undefined => {
  if (clock === undefined || timeZone === undefined) return clock;
  const before = (at: Date): Date => new Date(clock.getTime() - (zoneOffset(timeZone, at) ?? 0) * 60_000);
  // The offset is that of the instant itself, and not that of the hours around it.
  return before(before(clock));
};
