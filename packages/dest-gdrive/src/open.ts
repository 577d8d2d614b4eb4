import { BackupError, type PluginContext, throwIfAborted } from '@triplicate/core';
import { createClient, type Rewrite } from './client.ts';
import { Drive } from './drive.ts';
import { translate } from './errors.ts';
import { FolderTree } from './folder-tree.ts';
import { GdriveDestination } from './gdrive-destination.ts';
import { ObjectStore } from './object-store.ts';
import type { GdriveOptions } from './options.ts';
import { readRecent, writeRecent } from './recent.ts';

/** Nobody promises anything; most of the time it is seconds. */
const usualLagMs = 60_000;

/**
 * Connects to a drive and writes nothing: the first `put` makes the folder. AUTH when nobody has signed in or Google refuses us,
 * CONFIG_INVALID when a folder or shared drive that is named is not there, UNAVAILABLE when nobody answers. An answer that Google is busy is
 * no reason to give up: the first call asks again.
 */
export const openGdrive = (options: GdriveOptions, context: PluginContext): Promise<GdriveDestination> =>
  openGdriveAt(options, context, undefined);

/** The same, with Google somewhere else. */
export const openGdriveAt = async (
  options: GdriveOptions,
  context: PluginContext,
  rewrite: Rewrite | undefined,
): Promise<GdriveDestination> => {
  const { appendOnly, chunkSize, egress, folder, folderId, listLag: listLagMs = usualLagMs, sharedDrive } = options;
  const { cacheDirectory, clock, log, signal } = context;
  const top = folderId ?? sharedDrive ?? 'root';
  const label = `gdrive:${top === 'root' ? '' : `{${top}}/`}${folder}`;
  const drive = new Drive({ client: await createClient(options, context, rewrite), sharedDrive });
  try {
    await lookAround(drive, { top, sharedDrive }, signal);
  } catch (cause) {
    throwIfAborted(signal);
    const error = translate(cause, `cannot open ${label}`);
    if (!error.retryable || error.context['status'] === undefined) throw error;
    log.debug(error.message, error.context);
  }
  const recent = await readRecent(cacheDirectory, label);
  const tree = new FolderTree({ drive, top, base: folder.split('/'), clock, listLagMs, recent });
  const store = new ObjectStore({ drive, tree, clock, listLagMs, chunkSize, canDelete: !appendOnly, recent });
  const keep = (): Promise<void> =>
    writeRecent(cacheDirectory, { version: 1, label, files: store.memory.recent(), folders: tree.recent() });
  return new GdriveDestination({
    label,
    drive,
    tree,
    store,
    keep,
    clock,
    listLagMs,
    appendOnly,
    egressCost: egress === 'paid',
  });
};

interface Place {
  readonly top: string;
  readonly sharedDrive: string | undefined;
}

/** Whether we are let in, and what is named is there. */
const lookAround = async (drive: Drive, { sharedDrive, top }: Place, signal: AbortSignal): Promise<void> => {
  if (top === 'root') return void (await drive.space(signal));
  const file = await drive.look(top, signal);
  if (file?.isFolder === true) return;
  const what = sharedDrive === undefined ? `folder with the id "${top}"` : `shared drive with the id "${top}"`;
  throw new BackupError('CONFIG_INVALID', `there is no ${what}, or it is not for this account`, {
    hint: `Correct "${sharedDrive === undefined ? 'folderId' : 'sharedDrive'}", share it with the account, or set "access: all".`,
  });
};
