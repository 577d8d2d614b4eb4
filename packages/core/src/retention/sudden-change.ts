/**
 * Whether a snapshot differs from the ones before it as if somebody had destroyed the source: an alarm that has to come before a policy
 * drops the good versions. By the figures that each snapshot carries; pure.
 */
import type { SnapshotSummary } from '../repository/snapshot-file.ts';

export type Figures = Pick<
  SnapshotSummary,
  | 'filesNew'
  | 'filesChanged'
  | 'filesUnmodified'
  | 'dataAdded'
  | 'dataAddedPacked'
  | 'totalFilesProcessed'
  | 'totalBytesProcessed'
>;

/** A source of fewer files says nothing by shares. */
const leastFiles = 30;
/** Of the files before. */
const manyRewritten = 0.3;
const manyGone = 0.5;
/** Stored by plain bytes: what is encrypted cannot be made smaller; the lists of folders, which count too, can. */
const incompressible = 0.9;
/** A source that has done the same so often before does it as a rule. */
const usualTimes = 2;
const remembered = 10;

interface Change {
  readonly rewritten: number;
  readonly gone: number;
  /** New content, as a share of what there was. */
  readonly added: number;
  readonly packed: number;
}

/** `history`: of the snapshots of one source before it, from the oldest to the newest. The reasons for an alarm; none when all is well. */
export const suddenChange = (history: readonly Figures[], now: Figures): string[] => {
  const rewriting = unusual(history, now, isRewriting);
  const vanishing = unusual(history, now, isVanishing);
  const reasons: string[] = [];
  if (rewriting)
    reasons.push(`${percent(rewriting.rewritten)} of its files were rewritten with content that cannot be compressed`);
  if (vanishing) reasons.push(`${percent(vanishing.gone)} of its files are gone`);
  return reasons;
};

/** Whether one of the reasons is that files are gone. */
export const hasVanished = (history: readonly Figures[], now: Figures): boolean =>
  unusual(history, now, isVanishing) !== undefined;

/** The change of which `holds` is true, unless the source does so as a rule. */
const unusual = (history: readonly Figures[], now: Figures, holds: (change: Change) => boolean): Change | undefined => {
  const before = history.at(-1);
  if (before === undefined || before.totalFilesProcessed < leastFiles) return undefined;
  const change = changeOf(before, now);
  const recent = history.slice(-remembered);
  const earlier = recent.slice(1).map((figures, i) => changeOf(recent[i] ?? figures, figures));
  return holds(change) && earlier.filter(holds).length < usualTimes ? change : undefined;
};

/** Files that moved are gone under one name and new under another, and bring hardly any content that was not there. */
const changeOf = (before: Figures, now: Figures): Change => {
  const files = Math.max(1, before.totalFilesProcessed);
  const missing = Math.max(0, before.totalFilesProcessed - now.filesUnmodified - now.filesChanged);
  return {
    rewritten: Math.min(1, (now.filesChanged + Math.min(missing, now.filesNew)) / files),
    gone: Math.max(0, missing - now.filesNew) / files,
    added: now.dataAdded / Math.max(1, before.totalBytesProcessed),
    packed: now.dataAddedPacked / Math.max(1, now.dataAdded),
  };
};

const isRewriting = ({ rewritten, added, packed }: Change): boolean =>
  rewritten >= manyRewritten && added >= manyRewritten && packed >= incompressible;

const isVanishing = ({ gone }: Change): boolean => gone >= manyGone;

const percent = (share: number): string => `${Math.round(share * 100)} %`;
