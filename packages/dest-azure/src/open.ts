import type { ContainerClient } from '@azure/storage-blob';
import { type PluginContext, throwIfAborted } from '@triplicate/core';
import { AzureDestination } from './azure-destination.ts';
import { entraCredential } from './entra.ts';
import { translate } from './errors.ts';
import { Inspection } from './inspection.ts';
import type { AzureOptions } from './options.ts';
import type { Place } from './place.ts';

const modes = { compliance: 'Locked', governance: 'Unlocked' } as const;

/**
 * Connects to a container and writes nothing. AUTH when the service refuses us, CONFIG_INVALID when there is no such container or it cannot
 * lock objects although `immutableMs` asks for it, UNAVAILABLE when nobody answers. An answer that the service is busy is no reason to give
 * up: the first call asks again.
 */
export const openAzure = async (options: AzureOptions, context: PluginContext): Promise<AzureDestination> => {
  const { account, appendOnly, container, egress, lockMode } = options;
  const { clock, immutableMs, log, signal } = context;
  const label = `azure://${account}/${container}`;
  const provedBy = options.accountKey !== undefined ? 'key' : options.clientId !== undefined ? 'entra' : 'token';
  const client = await createClient(options, context);
  const inspection = new Inspection({ client, container, locking: immutableMs !== undefined });
  try {
    await inspection.ensure(signal);
  } catch (cause) {
    throwIfAborted(signal);
    const error = translate(cause, `cannot open ${label}`, provedBy);
    if (!error.retryable || error.context['status'] === undefined) throw error;
    log.debug(error.message, error.context);
  }
  const place: Place = {
    client,
    label,
    clock,
    partSize: options.partSize,
    accessTier: options.accessTier,
    lock: immutableMs === undefined ? undefined : { mode: modes[lockMode], forMs: immutableMs },
  };
  return new AzureDestination({ place, inspection, provedBy, appendOnly, egressCost: egress === 'paid' });
};

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
  if (options.clientId !== undefined) {
    return new sdk.ContainerClient(`${service}/${container}`, await entraCredential(options, context), settings);
  }
  const token = sasToken === undefined ? '' : (await context.secret(sasToken)).replace(/^\?/, '');
  return new sdk.ContainerClient(`${service}/${container}?${token}`, new sdk.AnonymousCredential(), settings);
};
