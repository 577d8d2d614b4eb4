import { BackupError } from '@triplicate/core';
import { isMissing, status, statusOf } from './errors.ts';
import type { SftpSession } from './session.ts';

/** Gives a finished file its name in one step, over what was there. */
export const publish = async (session: SftpSession, temporary: string, target: string): Promise<void> => {
  try {
    return await session.replace(temporary, target);
  } catch (error) {
    if (statusOf(error) !== status.unsupported) throw error;
  }
  // An old server: it has no such step, and renames only to where nothing is. Others who write the name come between the looks at it.
  let wasFree = false;
  for (let tries = 1; ; tries += 1) {
    try {
      return await session.rename(temporary, target);
    } catch (error) {
      if (statusOf(error) === undefined || tries === maxTries) throw error;
      if (isMissing(error) && !(await exists(session, temporary))) throw error;
      const isFree = !(await exists(session, target));
      // Refused twice where nothing was: the name is not why.
      if (isFree && wasFree) throw error;
      wasFree = isFree;
    }
    if (!wasFree) await removeIfThere(session, target);
  }
};

/** More than anybody has writers of one name at a time: each time round one of them is done. */
const maxTries = 50;

const removeIfThere = async (session: SftpSession, path: string): Promise<void> => {
  try {
    await session.remove(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
};

/**
 * Gives a finished file its name where nothing is: by a second name, which a server with `links` refuses to give twice. False where it
 * could not, e.g. because the file system has no such names: then a look before the step is all that can be had.
 */
export const publishIfAbsent = async (
  session: SftpSession,
  { links, target, temporary }: { readonly links: boolean; readonly target: string; readonly temporary: string },
): Promise<boolean> => {
  if (links && (await linked(session, temporary, target))) {
    await removeIfThere(session, temporary);
    return true;
  }
  if (await exists(session, target)) throw taken();
  await publish(session, temporary, target);
  return false;
};

const linked = async (session: SftpSession, temporary: string, target: string): Promise<boolean> => {
  try {
    await session.link(temporary, target);
    return true;
  } catch (error) {
    if (statusOf(error) === undefined) throw error;
    return false;
  }
};

const taken = (): BackupError => new BackupError('ALREADY_EXISTS', 'it exists already');

const exists = async (session: SftpSession, path: string): Promise<boolean> => {
  try {
    await session.stat(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
};
