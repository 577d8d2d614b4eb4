import { randomBytes } from 'node:crypto';
import { BackupError, type Clock, throwIfAborted } from '@triplicate/core';
import { isMissing, status, statusOf } from './errors.ts';
import type { SftpSession } from './session.ts';

/** `~` cannot stand in a key, so such a file is never taken for an object. */
const pattern = /^\.~[0-9a-f]{24}$/;
const oneDayMs = 24 * 60 * 60 * 1000;

export const temporaryName = (): string => `.~${randomBytes(12).toString('hex')}`;

export const folderOf = (path: string): string => path.slice(0, path.lastIndexOf('/')) || '/';

/** Makes a folder and those above it that are not there. IO where the one above is there and takes none, as in a file system of the kernel. */
export const makeFolders = async (session: SftpSession, path: string, signal: AbortSignal): Promise<void> => {
  throwIfAborted(signal);
  const parent = path.includes('/') ? folderOf(path) : '';
  if (await ensureFolder(session, path)) return;
  if (parent !== '' && parent !== path) {
    await makeFolders(session, parent, signal);
    if (await ensureFolder(session, path)) return;
  }
  throw new BackupError('IO', `the server makes no folder "${path}"`, { hint: 'Correct "path" of this destination.' });
};

/** Whether it is there now; not so when the server says that something is missing, which should be the folder above. */
const ensureFolder = async (session: SftpSession, path: string): Promise<boolean> => {
  try {
    await session.makeFolder(path);
  } catch (error) {
    if (isMissing(error)) return false;
    // The protocol has no word for "is there already".
    if (statusOf(error) === undefined || !(await isFolder(session, path))) throw error;
  }
  return true;
};

const isFolder = async (session: SftpSession, path: string): Promise<boolean> =>
  session.stat(path).then(
    (info) => info.isDirectory(),
    (error: unknown) => {
      if (isMissing(error)) return false;
      throw error;
    },
  );

/** Flushes a folder, so that a name in it survives a power cut; OpenSSH opens folders like files. Nothing is said where it is not possible. */
export const syncFolder = async (session: SftpSession, path: string): Promise<void> => {
  try {
    const handle = await session.open(path, 'r');
    await Promise.allSettled([session.sync(handle), session.close(handle)]);
  } catch (error) {
    if (statusOf(error) === undefined || statusOf(error) === status.noSuchFile) throw error;
  }
};

/** Removes what a killed run left half-written in a folder; a younger one may still be at work. Nothing that fails here matters. */
export const sweepTemporary = async (session: SftpSession, folder: string, clock: Clock): Promise<void> => {
  const oldest = clock.now().getTime() - oneDayMs;
  for (const { attrs, filename } of await session.readFolder(folder).catch(() => [])) {
    if (!pattern.test(filename) || attrs.mtime * 1000 >= oldest) continue;
    await session.remove(`${folder}/${filename}`).catch(() => undefined);
  }
};
