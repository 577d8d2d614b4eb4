import type { ContainerClient } from '@azure/storage-blob';
import { BackupError, type PluginContext, throwIfAborted } from '@triplicate/core';
import { AzureDestination } from './azure-destination.ts';
import { statusOf, translate } from './errors.ts';
import type { AzureOptions } from './options.ts';
import type { Place } from './place.ts';

/**
 * Connects to a container and writes nothing. AUTH when the service refuses us, CONFIG_INVALID when there is no such container or it cannot
 * lock objects although `immutableMs` asks for it, UNAVAILABLE when nobody answers.
 */
export const openAzure = async (options: AzureOptions, context: PluginContext): Promise<AzureDestination> => {
  const { account, appendOnly, container, egress, lockMode } = options;
  const { clock, immutableMs, signal } = context;
  const label = `azure://${account}/${container}`;
  const client = await createClient(options, context);
  try {
    const canLock = await look(client, signal);
    if (immutableMs !== undefined && canLock === false) throw cannotLock(container);
    const place: Place = {
      client,
      label,
      clock,
      partSize: options.partSize,
      accessTier: options.accessTier,
      lock: immutableMs === undefined ? undefined : { mode: modes[lockMode], forMs: immutableMs },
    };
    const versioned = canLock === true || immutableMs !== undefined;
    return new AzureDestination({ place, versioned, appendOnly, egressCost: egress === 'paid' });
  } catch (error) {
    throwIfAborted(signal);
    throw translate(error, `cannot open ${label}`);
  }
};

const modes = { compliance: 'Locked', governance: 'Unlocked' } as const;

/** The client of the SDK, which is loaded here and not before. Nothing is sent yet. */
const createClient = async (options: AzureOptions, context: PluginContext): Promise<ContainerClient> => {
  const { account, accountKey, container, endpoint, sasToken } = options;
  const sdk = await import('@azure/storage-blob');
  const service = (endpoint ?? `https://${account}.blob.core.windows.net`).replace(/\/+$/, '');
  const settings = { retryOptions: { maxTries: 1 } };
  if (accountKey !== undefined) {
    const credential = new sdk.StorageSharedKeyCredential(account, await context.secret(accountKey));
    return new sdk.ContainerClient(`${service}/${container}`, credential, settings);
  }
  const token = sasToken === undefined ? '' : (await context.secret(sasToken)).replace(/^\?/, '');
  return new sdk.ContainerClient(`${service}/${container}?${token}`, new sdk.AnonymousCredential(), settings);
};

/** Asks what the service lets us see; whether objects can be locked, and `undefined` where we may not know. */
const look = async (client: ContainerClient, abortSignal: AbortSignal): Promise<boolean | undefined> => {
  await client.listBlobsFlat({ abortSignal }).byPage({ maxPageSize: 1 }).next();
  try {
    const told = await client.getProperties({ abortSignal });
    return told.isImmutableStorageWithVersioningEnabled === true;
  } catch (error) {
    // A token for the objects may not ask for the container.
    if (statusOf(error) === 403) return undefined;
    throw error;
  }
};

const cannotLock = (container: string): BackupError =>
  new BackupError('CONFIG_INVALID', `the container "${container}" cannot lock objects, and "immutable" asks for it`, {
    hint: 'Make a container with immutability on the level of versions, or remove "immutable" from this destination.',
  });
