import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { isBackupError, throwIfAborted } from '@triplicate/core';
import type { BackupError, CallOptions } from '@triplicate/core';
import type { IosBackup, PhonePath } from '../backup/ios-backup.ts';
import { detailsOf } from '../manifest/folder-view.ts';
import { hasPath } from '../manifest/manifest.ts';
import type { FileDetails, ManifestEntry } from '../manifest/manifest.ts';
import { SafePaths } from '../render/safe-paths.ts';
import { writeFileWhole } from '../render/write-file.ts';

export interface RestoreFilesRequest extends CallOptions {
  /** Folders and files; the whole phone when there are none. An empty path is a whole domain. */
  readonly places: readonly PhonePath[];
  readonly target: string;
  /** What to do with a file that is there; `if-changed` leaves one of the same size and date. */
  readonly overwrite: 'always' | 'if-changed' | 'never';
  readonly dryRun: boolean;
  /** Bytes, done and in all. */
  readonly progress: (done: number, total: number) => void;
  /** Where a file goes whose name had to change. */
  readonly onRenamed?: (place: PhonePath, path: string) => void;
  readonly onProblem: (place: PhonePath, error: BackupError) => void;
}

export interface RestoredFiles {
  readonly files: number;
  readonly bytes: number;
  /** Files that stayed as they were. */
  readonly skipped: number;
  /** Links of the phone, which are never made: they could lead anywhere. */
  readonly links: number;
  /** Names that were changed because some system does not take them, or takes them for another one's. */
  readonly renamed: number;
  readonly problems: number;
}

/** Writes files of a phone below `target` as `Domain/path`, with their dates, each at a place of its own. One that cannot be read is told and the rest goes on. */
export const restoreFiles = async (backup: IosBackup, request: RestoreFilesRequest): Promise<RestoredFiles> => {
  const counts = { files: 0, bytes: 0, skipped: 0, links: 0, renamed: 0, problems: 0 };
  const total = sumOf(backup, request);
  const paths = new SafePaths((path) => stands(backup, path));
  let done = 0;
  for (const entry of chosen(backup, request)) {
    throwIfAborted(request.signal);
    if (entry.kind === 'link') counts.links++;
    if (entry.kind !== 'file') continue;
    const details = detailsOf(entry);
    const size = details?.size ?? 0;
    try {
      const path = paths.of(`${entry.domain}/${entry.path}`);
      if (path !== `${entry.domain}/${entry.path}`) {
        counts.renamed++;
        request.onRenamed?.({ domain: entry.domain, path: entry.path }, path);
      }
      if (await stays(join(request.target, path), details, request.overwrite)) counts.skipped++;
      else {
        if (!request.dryRun) await restoreOne(backup, entry, { ...request, path, details });
        counts.files++;
        counts.bytes += size;
      }
    } catch (error) {
      if (!isBackupError(error) || !ofOneFile.has(error.code)) throw error;
      counts.problems++;
      request.onProblem({ domain: entry.domain, path: entry.path }, error);
    }
    done += size;
    request.progress(done, total);
  }
  return counts;
};

/** What concerns one file; a full disk or an interruption ends everything. */
const ofOneFile: ReadonlySet<string> = new Set(['CORRUPT', 'NOT_FOUND', 'UNREADABLE', 'UNSUPPORTED', 'ALREADY_EXISTS']);

function* chosen({ manifest }: IosBackup, { places }: RestoreFilesRequest): Generator<ManifestEntry> {
  if (places.length === 0) return yield* manifest.entries();
  for (const { domain, path } of places) {
    const own = path === '' ? undefined : manifest.find(domain, path);
    if (own !== undefined) yield own;
    for (const entry of manifest.entries({ domain, prefix: path === '' ? '' : `${path}/` })) yield entry;
  }
}

/** Whether the phone has anything at `Domain/path`. */
const stands = ({ manifest }: IosBackup, place: string): boolean => {
  const [domain = '', ...parts] = place.split('/');
  return hasPath(manifest, domain, parts.join('/'));
};

const sumOf = (backup: IosBackup, request: RestoreFilesRequest): number => {
  let sum = 0;
  for (const entry of chosen(backup, request)) if (entry.kind === 'file') sum += detailsOf(entry)?.size ?? 0;
  return sum;
};

const stays = async (
  place: string,
  details: FileDetails | undefined,
  overwrite: RestoreFilesRequest['overwrite'],
): Promise<boolean> => {
  if (overwrite === 'always') return false;
  const there = await lstat(place).catch(() => undefined);
  if (there === undefined) return false;
  if (overwrite === 'never') return true;
  const seconds = (date: Date | undefined): number => Math.trunc((date?.getTime() ?? 0) / 1000);
  return there.isFile() && there.size === details?.size && seconds(there.mtime) === seconds(details.modified);
};

interface One extends RestoreFilesRequest {
  readonly path: string;
  readonly details: FileDetails | undefined;
}

const restoreOne = async (
  backup: IosBackup,
  entry: ManifestEntry,
  { target, path, details, signal }: One,
): Promise<void> =>
  void (await writeFileWhole(target, path, backup.open(entry, { signal }), { signal, modified: details?.modified }));
