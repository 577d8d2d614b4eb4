import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import {
  BackupError,
  type HttpExchange,
  openHttp,
  type PluginContext,
  throwIfAborted,
  toBackupError,
} from '@triplicate/core';
import { translate } from './errors.ts';
import type { RestOptions } from './options.ts';
import { RestProtocol } from './protocol.ts';
import { recognise } from './recognise.ts';
import { RestDestination } from './rest-destination.ts';

/** Twice as many as calls: each may look before it writes. */
const maxSockets = 10;

/**
 * Connects, and writes nothing. AUTH when the server refuses us, CONFIG_INVALID when it is no REST server, or rclone or its remote is not there, UNAVAILABLE when
 * nobody answers. An answer that the server is busy is no reason to give up: the first call asks again.
 */
export const openRest = async (options: RestOptions, context: PluginContext): Promise<RestDestination> => {
  const { appendOnly, egress, listLag, remote, url } = options;
  const { clock, log, signal } = context;
  const label = remote === undefined ? `rest:${url}` : `rclone:${remote}`;
  const exchange = remote === undefined ? await connect(options, context) : await startRclone(options, context);
  const protocol = new RestProtocol(exchange);
  try {
    if (remote === undefined) await recognise(protocol, signal);
    else await protocol.look({ repository: '', folder: '', name: 'config' }, signal);
  } catch (cause) {
    const error = translate(cause, `cannot open ${label}`);
    if (signal.aborted || !error.retryable || error.context['status'] === undefined) {
      await exchange[Symbol.asyncDispose]();
      throwIfAborted(signal);
      throw error;
    }
    log.debug(error.message, error.context);
  }
  const viaRclone = remote !== undefined;
  return new RestDestination({
    label,
    exchange,
    protocol,
    clock,
    appendOnly,
    egressCost: (egress ?? (viaRclone ? 'paid' : 'free')) === 'paid',
    ownRclone: viaRclone,
    listLagMs: listLag ?? (viaRclone ? 60_000 : 0),
  });
};

const connect = async (
  { ca, password, url = '', username }: RestOptions,
  context: PluginContext,
): Promise<HttpExchange> => {
  const address = new URL(url);
  if (!address.pathname.endsWith('/')) address.pathname += '/';
  const user = password === undefined ? undefined : `${username}:${await context.secret(password)}`;
  return openHttp({
    address,
    maxSockets,
    ca: ca === undefined ? undefined : await readCertificate(resolve(context.configDirectory, ca)),
    headers: user === undefined ? {} : { authorization: `Basic ${Buffer.from(user).toString('base64')}` },
  });
};

const readCertificate = async (path: string): Promise<string> => {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new BackupError('CONFIG_INVALID', toBackupError(error, 'IO', `cannot read the certificate ${path}`).message, {
      cause: error,
    });
  }
};

const startRclone = async (
  { appendOnly, program = 'rclone', rcloneConfig, remote = '' }: RestOptions,
  { configDirectory }: PluginContext,
): Promise<HttpExchange> => {
  if (remote.includes('\0')) throw new BackupError('CONFIG_INVALID', 'no remote can have this name');
  const { StdioExchange } = await import('./stdio-exchange.ts');
  const args = [
    'serve',
    'restic',
    '--stdio',
    '--b2-hard-delete',
    // What was listed may be deleted by somebody else.
    '--cache-objects=false',
    ...(appendOnly ? ['--append-only'] : []),
    ...(rcloneConfig === undefined ? [] : ['--config', resolve(configDirectory, rcloneConfig)]),
    remote,
  ];
  return new StdioExchange({ program, args, directory: configDirectory });
};
