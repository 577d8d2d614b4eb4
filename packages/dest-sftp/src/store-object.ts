import { BackupError, type Body, type Clock, isBackupError, throwIfAborted } from '@triplicate/core';
import type { Stats } from 'ssh2';
import { isMissing, status, statusOf } from './errors.ts';
import { folderOf, makeFolders, sweepTemporary, syncFolder, temporaryName } from './folders.ts';
import { publish, publishIfAbsent } from './publish.ts';
import type { SftpSession } from './session.ts';
import { writeFile } from './write-file.ts';

export interface Storing {
  readonly session: SftpSession;
  readonly body: Body;
  readonly ifAbsent: boolean;
  readonly signal: AbortSignal;
}

/**
 * Writes a file so that its name never stands for less than the whole: beside the target, to the disk, then renamed; the folder is flushed
 * last. When anything fails or the signal fires, the temporary file is removed and the target is as it was.
 */
export class StoreObject {
  readonly #clock: Clock;
  readonly #swept = new Set<string>();
  #links: boolean;
  #inOrder = false;

  constructor({ clock, links }: { readonly clock: Clock; readonly links: boolean }) {
    this.#clock = clock;
    this.#links = links;
  }

  get links(): boolean {
    return this.#links;
  }

  async store(target: string, storing: Storing): Promise<Stats> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#storeOnce(target, storing);
      } catch (error) {
        // What was just made is not there: another program tidied the folder away, or the server lost sight of it, as those do that keep
        // lists of their own. With `ifAbsent` a second try could take what the first one left for somebody else's.
        if (!isMissing(error) || storing.ifAbsent || tries === maxTries) throw error;
      }
    }
  }

  async #storeOnce(target: string, storing: Storing): Promise<Stats> {
    const { session } = storing;
    const folder = folderOf(target);
    const temporary = `${folder}/${temporaryName()}`;
    let info: Stats;
    try {
      info = await this.#write(temporary, storing);
      throwIfAborted(storing.signal);
      if (storing.ifAbsent) this.#links = await publishIfAbsent(session, { temporary, target, links: this.#links });
      else await publish(session, temporary, target);
    } catch (error) {
      await session.remove(temporary).catch(() => undefined);
      throw error;
    }
    await syncFolder(session, folder);
    this.#sweep(session, folder);
    return info;
  }

  /** Some servers write in order alone, which their first failure tells. */
  async #write(temporary: string, storing: Storing): Promise<Stats> {
    const inOrder = this.#inOrder;
    try {
      return await writeIntoFolder(temporary, storing, inOrder);
    } catch (error) {
      if (inOrder || statusOf(error) !== status.failure) throw error;
    }
    const { body, session, signal } = storing;
    await session.remove(temporary).catch(() => undefined);
    const info = await writeFile(session, temporary, { body, inOrder: true, signal });
    // Only now is it known that the order was to blame, and not a full disk.
    this.#inOrder = true;
    return info;
  }

  #sweep(session: SftpSession, folder: string): void {
    if (this.#swept.has(folder)) return;
    this.#swept.add(folder);
    void sweepTemporary(session, folder, this.#clock).catch(() => undefined);
  }
}

/** Of one object, where something vanishes while it is written. */
const maxTries = 4;

/** The folder is made when it turns out not to be there. */
const writeIntoFolder = async (path: string, { body, session, signal }: Storing, inOrder: boolean): Promise<Stats> => {
  try {
    return await writeFile(session, path, { body, inOrder, signal });
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  await makeFolders(session, folderOf(path), signal);
  return writeFile(session, path, { body, inOrder, signal });
};

const readOnlyFlag = 1;

/** A server says "failure" for a full disk and for one that is mounted read-only; how the disk is tells which. */
export const explainFailure = async (error: unknown, session: SftpSession, root: string): Promise<unknown> => {
  if (isBackupError(error) || statusOf(error) !== status.failure) return error;
  const info = await session.space(root).catch(() => undefined);
  if (info === undefined) return error;
  if (info.f_bavail === 0) {
    return new BackupError('QUOTA_EXCEEDED', 'no space left at the server', {
      hint: 'Make room there, or give it a larger place; where it has old snapshots, `triplicate forget` and then `triplicate prune` free theirs.',
      cause: error,
    });
  }
  return (info.f_flag & readOnlyFlag) === 0
    ? error
    : new BackupError('READ_ONLY', 'the disk at the server is mounted read-only', { cause: error });
};
