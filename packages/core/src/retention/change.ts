/** What one run did to a source, in shares of what there was before it. */
import type { Figures } from './sudden-change.ts';

export interface Change {
  readonly rewritten: number;
  readonly emptied: number;
  /** No more under the name that they had. */
  readonly missing: number;
  /** And nothing came instead. */
  readonly gone: number;
  /** Negative where they became more. */
  readonly fewer: number;
  /** New content. */
  readonly added: number;
  /** Stored by plain bytes. */
  readonly packed: number;
  /** By how much the content of all files became less; negative where it became more. */
  readonly shrunk: number;
}

/** Of several runs; `runs` are those that had a part in it. */
export interface Sum extends Change {
  readonly runs: number;
}

export interface Rule {
  readonly share: (change: Change) => number;
  /** Whether a run may have a part in it. */
  readonly counts: (change: Change) => boolean;
  /** `least`: the share from which on it does. */
  readonly holds: (change: Change, least: number) => boolean;
  readonly says: string;
}

const halfOf = 0.5;

/** Files that moved are gone under one name and new under another, and bring hardly any content that was not there. */
export const changeOf = (before: Figures, now: Figures): Change => {
  const files = Math.max(1, before.totalFilesProcessed);
  const missing = Math.max(0, before.totalFilesProcessed - now.filesUnmodified - now.filesChanged);
  const bytes = Math.max(1, before.totalBytesProcessed);
  const shrunk = (before.totalBytesProcessed - now.totalBytesProcessed) / bytes;
  // Another program does not tell which were emptied.
  const emptied = Math.max(now.filesEmptied ?? 0, shrunk >= halfOf ? now.filesChanged : 0);
  return {
    rewritten: Math.min(1, (now.filesChanged + Math.min(missing, now.filesNew)) / files),
    emptied: Math.min(1, emptied / files),
    missing: missing / files,
    gone: Math.max(0, missing - now.filesNew) / files,
    fewer: (before.totalFilesProcessed - now.totalFilesProcessed) / files,
    added: now.dataAdded / bytes,
    packed: now.dataAddedPacked / Math.max(1, now.dataAdded),
    shrunk,
  };
};

/** What `rule` counts of them, added up; for what is gone, what came in other runs is taken off. */
export const sumOf = (changes: readonly Change[], rule: Rule): Sum => {
  const counted = changes.filter((change) => rule.counts(change) && rule.share(change) > 0);
  const sum = (of: readonly Change[], figure: (change: Change) => number): number =>
    of.reduce((all, one) => all + figure(one), 0);
  const fewer = sum(changes, (one) => one.fewer);
  return {
    rewritten: sum(counted, (one) => one.rewritten),
    emptied: sum(counted, (one) => one.emptied),
    missing: sum(counted, (one) => one.missing),
    gone: fewer,
    fewer,
    added: sum(counted, (one) => one.added),
    packed: 1,
    shrunk: sum(changes, (one) => one.shrunk),
    runs: counted.length,
  };
};
