import type { BytePath, SnapshotReader, Source } from '@triplicate/core';
import { temporaryFolder } from '@triplicate/core/testing';
import type { Check } from '../check.ts';

/** What a check of a source gets: an empty folder that it fills, and the source over that folder. */
export interface SourceScope {
  /** Absolute. */
  readonly folder: string;
  readonly open: () => Promise<Source>;
  /** Restores a snapshot of the folder to another one and gives the scope of that; skips the check where there is no way back. */
  readonly restored: (snapshot: SnapshotReader) => Promise<SourceScope>;
  /** Where `name` (relative to the folder, one byte a unit, `/` between) stands in the snapshot. */
  readonly at: (name: string) => BytePath;
  readonly random: () => number;
  readonly signal: AbortSignal;
  /** Ends the check without a verdict, e.g. where the system cannot do what it needs. */
  readonly skip: (reason: string) => never;
}

export type SourceCheck = Check<SourceScope>;

export interface SourceSubject {
  /** Opens the source over a folder of this machine. */
  readonly open: (folder: string) => Promise<Source>;
  /** Where the content of that folder stands in a snapshot; the root when left out. */
  readonly place?: (folder: string) => BytePath;
  /** Puts a snapshot of one folder back into another, empty one, where the source has a way back. */
  readonly restore?: (snapshot: SnapshotReader, from: string, to: string) => Promise<void>;
}

/** Runs one check in a folder of its own; the reason when it was skipped. */
export const runSourceCheck = async (
  check: SourceCheck,
  subject: SourceSubject,
  options: { readonly random: () => number; readonly signal: AbortSignal },
): Promise<string | undefined> => {
  await using folder = await temporaryFolder();
  await using other = await temporaryFolder();
  const scopeOf = (path: string): SourceScope => ({
    ...options,
    folder: path,
    open: () => subject.open(path),
    at: (name) => placed(subject.place?.(path) ?? '', name),
    skip: skipCheck,
    restored: async (snapshot) => {
      await (subject.restore ?? (() => skipCheck('this source has no way back')))(snapshot, path, other.path);
      return scopeOf(other.path);
    },
  });
  try {
    await check.run(scopeOf(folder.path));
    return undefined;
  } catch (error) {
    if (error instanceof Skipped) return error.message;
    throw error;
  }
};

const placed = (place: string, name: string): BytePath =>
  (place === '' || name === '' ? place + name : `${place}/${name}`) as BytePath;

class Skipped extends Error {}

const skipCheck = (reason: string): never => {
  throw new Skipped(reason);
};
