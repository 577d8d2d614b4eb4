import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { BackupError, openHttp, type PluginContext, throwIfAborted, toBackupError } from '@triplicate/core';
import { WebdavClient } from './client.ts';
import { translate } from './errors.ts';
import type { WebdavOptions } from './options.ts';
import { WebdavDestination } from './webdav-destination.ts';

/** More than calls: a listing asks for some folders before their turn. */
const maxSockets = 8;

/**
 * Connects, and writes nothing: the first `put` makes the folder. AUTH when the server refuses us, CONFIG_INVALID when it is no WebDAV
 * server, UNAVAILABLE when nobody answers. An answer that the server is busy is no reason to give up: the first call asks again.
 */
export const openWebdav = async (options: WebdavOptions, context: PluginContext): Promise<WebdavDestination> => {
  const { appendOnly, ca, egress, url } = options;
  const { clock, configDirectory, log, signal } = context;
  const label = `webdav:${url}`;
  const address = new URL(url);
  if (!address.pathname.endsWith('/')) address.pathname += '/';
  const exchange = openHttp({
    address,
    maxSockets,
    ca: ca === undefined ? undefined : await readCertificate(resolve(configDirectory, ca)),
    headers: await authorization(options, context),
  });
  const client = new WebdavClient({ address, exchange });
  try {
    await client.look('', signal);
  } catch (cause) {
    const error = translate(cause, `cannot open ${label}`);
    if (signal.aborted || !error.retryable || error.context['status'] === undefined) {
      await exchange[Symbol.asyncDispose]();
      throwIfAborted(signal);
      throw error;
    }
    log.debug(error.message, error.context);
  }
  return new WebdavDestination({ label, exchange, client, clock, appendOnly, egressCost: egress === 'paid' });
};

const authorization = async (
  { password, token, username }: WebdavOptions,
  context: PluginContext,
): Promise<Readonly<Record<string, string>>> => {
  if (token !== undefined) return { authorization: `Bearer ${await context.secret(token)}` };
  if (password === undefined) return {};
  const user = `${username}:${await context.secret(password)}`;
  return { authorization: `Basic ${Buffer.from(user).toString('base64')}` };
};

const readCertificate = async (path: string): Promise<string> => {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { message } = toBackupError(error, 'IO', `cannot read the certificate ${path}`);
    throw new BackupError('CONFIG_INVALID', message, { cause: error });
  }
};
