import { BackupError, openAccount, type PluginContext, throwIfAborted } from '@triplicate/core';
import { GraphClient } from './client.ts';
import { translate } from './errors.ts';
import { Items } from './items.ts';
import { maxConcurrency, OnedriveDestination } from './onedrive-destination.ts';
import type { OnedriveOptions } from './options.ts';
import type { Place } from './place.ts';
import { onedriveProvider } from './provider.ts';
import { Sessions } from './sessions.ts';

const roots = { appFolder: 'me/drive/special/approot', drive: 'me/drive/root' } as const;

/**
 * Looks at the folder of the application, or at the OneDrive, and writes nothing: the first `put` makes our folder in it. AUTH when nobody has
 * signed in or OneDrive refuses us, UNAVAILABLE when it does not answer. An answer that it is busy is no reason to give up: the first call asks again.
 */
export const openOnedrive = async (options: OnedriveOptions, context: PluginContext): Promise<OnedriveDestination> => {
  const { access, appendOnly, egress, endpoint, folder, listLag, partSize } = options;
  const { clock, log, signal } = context;
  const label = `onedrive:${folder ?? ''}`;
  if (context.immutableMs !== undefined) throw cannotLock(label);
  const tokens = await openAccount(options, onedriveProvider(options), context);
  const client = new GraphClient({ tokens, endpoint, maxSockets: maxConcurrency * 2 });
  const root = roots[access];
  try {
    await client.ask({ method: 'GET', path: `${root}?$select=id`, signal });
  } catch (cause) {
    const error = translate(cause, `cannot open ${label}`);
    const busy = error.retryable && error.context['status'] !== undefined;
    if (signal.aborted || !busy) {
      await client[Symbol.asyncDispose]();
      throwIfAborted(signal);
      throw error;
    }
    log.debug(error.message, error.context);
  }
  const items = new Items(root, folder);
  const place: Place = { client, items, sessions: new Sessions(), label, clock, partSize };
  return new OnedriveDestination({ place, listLagMs: listLag, appendOnly, egressCost: egress === 'paid' });
};

const cannotLock = (label: string): BackupError =>
  new BackupError('CONFIG_INVALID', `${label} cannot lock objects, and "immutable" asks for it`, {
    hint: 'Remove "immutable" from this destination.',
  });
