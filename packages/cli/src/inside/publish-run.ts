import { BackupError, toBackupError, type ListedSnapshot, type Pipeline, type PublishConfig } from '@triplicate/core';
import { publishBackup, type IosBackup, type Published } from '@triplicate/ios-backup';
import { join, resolve } from 'node:path';
import type { CommandContext } from '../program/command.ts';
import { given } from '../program/options.ts';
import { missingApp } from './named-things.ts';
import type { Inside } from './open-inside.ts';

export interface PublishParts {
  readonly context: CommandContext;
  readonly inside: Inside;
  readonly pipeline: Pipeline;
  readonly entries: readonly PublishConfig[];
  /** Where relative folders count from. */
  readonly directory: string;
  /** Begins again in a folder that is not the one of last time. */
  readonly again?: boolean;
}

/** One folder of one phone, brought up to date or not. */
export interface PublishedFolderResult {
  readonly source: string;
  readonly snapshot: string;
  readonly target: string;
  readonly published: Published | undefined;
  readonly error: BackupError | undefined;
}

/**
 * Brings the plain folders of a pipeline up to these snapshots. A folder that is away, or a phone that does not open, keeps nobody from the
 * others. Snapshots of other things than phones are passed over.
 */
export const publishSnapshots = async (
  parts: PublishParts,
  snapshots: readonly ListedSnapshot[],
): Promise<PublishedFolderResult[]> => {
  const results: PublishedFolderResult[] = [];
  for (const snapshot of snapshots) {
    const source = snapshot.source ?? '';
    const entries = parts.entries.filter((entry) => entry.source === undefined || entry.source === source);
    if (entries.length === 0) continue;
    const about = { source, snapshot: snapshot.id };
    const opened = await openQuietly(parts, snapshot);
    if (opened instanceof BackupError)
      results.push(
        ...entries.map((entry) => ({
          ...about,
          target: targetOf(entry, source, parts),
          published: undefined,
          error: opened,
        })),
      );
    if (opened === undefined || opened instanceof BackupError) continue;
    await using phone = opened;
    for (const entry of entries) {
      const target = targetOf(entry, source, parts);
      results.push({ ...about, target, ...(await publishOne(phone, entry, { ...parts, target, source, snapshot })) });
    }
  }
  return results;
};

const openQuietly = async (
  { inside }: PublishParts,
  snapshot: ListedSnapshot,
): Promise<IosBackup | BackupError | undefined> => {
  try {
    return await inside.phone(snapshot);
  } catch (error) {
    return passable(error);
  }
};

const passable = (error: unknown): BackupError => {
  const known = toBackupError(error);
  if (known.code === 'ABORTED') throw known;
  return known;
};

/** Where several phones share an entry, each has a folder of its own in it. */
const targetOf = ({ to, source }: PublishConfig, name: string, { context, directory }: PublishParts): string => {
  const { home } = context.surroundings;
  const folder = resolve(directory, /^~(?=$|[/\\])/.test(to) ? join(home, to.slice(1)) : to);
  return source === undefined ? join(folder, name) : folder;
};

interface One extends PublishParts {
  readonly target: string;
  readonly source: string;
  readonly snapshot: ListedSnapshot;
}

const publishOne = async (
  phone: IosBackup,
  entry: PublishConfig,
  { context, inside: { bars }, pipeline, target, source, snapshot, again = false }: One,
): Promise<Pick<PublishedFolderResult, 'published' | 'error'>> => {
  const { what, apps, photosBy, keepDeleted, timeZone } = entry;
  for (const app of what.includes('documents') ? apps : []) {
    const missing = missingApp(phone, app, snapshot);
    if (missing !== undefined) context.output.warn(missing, { source });
  }
  const remembered = (await pipeline.state.read()).published[target];
  const request = {
    to: target,
    mayMake: entry.source === undefined,
    what,
    apps,
    photosBy,
    keepDeleted,
    timeZone: timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
    ...given('expectedId', again ? undefined : remembered),
  };
  try {
    const published = await bars.during(() =>
      publishBackup(phone, request, {
        signal: context.signal,
        progress: (kind, { exported }) =>
          bars.emit({
            type: 'work-progress',
            work: `publish ${source}: ${kind}`,
            progress: { done: exported, total: undefined, unit: 'records' },
          }),
      }),
    );
    await pipeline.state.change((content) => ({
      ...content,
      published: { ...content.published, [target]: published.id },
    }));
    return { published, error: undefined };
  } catch (error) {
    return { published: undefined, error: passable(error) };
  }
};
