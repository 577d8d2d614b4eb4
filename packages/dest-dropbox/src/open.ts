import { BackupError, openAccount, type PluginContext, throwIfAborted } from '@triplicate/core';
import { DropboxClient } from './client.ts';
import { DropboxDestination, maxConcurrency } from './dropbox-destination.ts';
import { translate } from './errors.ts';
import { isMissing } from './look.ts';
import { Names } from './names.ts';
import type { DropboxOptions } from './options.ts';
import type { Place } from './place.ts';
import { dropboxProvider } from './provider.ts';

/**
 * Looks at the folder and writes nothing: the first `put` makes it. AUTH when nobody has signed in or Dropbox refuses us, UNAVAILABLE when it
 * does not answer. An answer that it is busy is no reason to give up: the first call asks again.
 */
export const openDropbox = async (options: DropboxOptions, context: PluginContext): Promise<DropboxDestination> => {
  const { appendOnly, egress, endpoint, folder, listLag, partSize } = options;
  const { clock, log, signal } = context;
  const label = `dropbox:${folder ?? ''}`;
  if (context.immutableMs !== undefined) throw cannotLock(label);
  const tokens = await openAccount(options, dropboxProvider(endpoint), context);
  const client = await DropboxClient.open({ tokens, endpoint, maxSockets: maxConcurrency * 2 });
  const names = new Names(folder);
  try {
    const argument = { path: names.root, limit: 1 };
    await client.call((api, call) => api.filesListFolder(argument, call), signal);
  } catch (cause) {
    const error = translate(cause, `cannot open ${label}`);
    const busy = error.retryable && error.context['status'] !== undefined;
    if (signal.aborted || (!busy && !isMissing(cause))) {
      await client[Symbol.asyncDispose]();
      throwIfAborted(signal);
      throw error;
    }
    log.debug(error.message, error.context);
  }
  const place: Place = { client, names, label, clock, partSize };
  return new DropboxDestination({ place, listLagMs: listLag, appendOnly, egressCost: egress === 'paid' });
};

const cannotLock = (label: string): BackupError =>
  new BackupError('CONFIG_INVALID', `${label} cannot lock objects, and "immutable" asks for it`, {
    hint: 'Remove "immutable" from this destination.',
  });
