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
  // An old server: it has no such step, and renames only to where nothing is.
  try {
    return await session.rename(temporary, target);
  } catch (error) {
    if (statusOf(error) === undefined || !(await exists(session, target))) throw error;
  }
  await session.remove(target);
  await session.rename(temporary, target);
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
    await session.remove(temporary);
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
