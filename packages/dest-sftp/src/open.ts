import { userInfo } from 'node:os';
import { abortable, BackupError, type PluginContext, throwIfAborted } from '@triplicate/core';
import { SftpConnection } from './connection.ts';
import { readCredentials } from './credentials.ts';
import { isMissing, statusOf, translate } from './errors.ts';
import { readHostKeys } from './host-key.ts';
import type { SftpOptions } from './options.ts';
import type { SftpSession } from './session.ts';
import { SftpDestination } from './sftp-destination.ts';

/**
 * Connects, and writes nothing: the first `put` makes the folder. CONFIG_INVALID when a file stands there, AUTH when the server's key is not the known one or when it lets us not
 * in, UNAVAILABLE when nobody answers.
 */
export const openSftp = async (options: SftpOptions, context: PluginContext): Promise<SftpDestination> => {
  const { appendOnly, egress, host, port, user } = options;
  const { clock, configDirectory, signal } = context;
  const root = rootOf(options.path);
  const place = `${user ?? userInfo().username}@${host}${port === 22 ? '' : `:${port}`}`;
  const label = `sftp://${place}${root.startsWith('/') ? root : `/~/${root}`}`;
  const [methods, hostKeys] = await Promise.all([
    readCredentials(options, context),
    readHostKeys(options, configDirectory),
  ]);
  const connection = new SftpConnection({ host, port, methods, hostKeys });
  try {
    const look = async (): Promise<boolean> => {
      const session = await connection.session();
      const [links] = await Promise.all([canLink(session, root), assertFolder(session, root)]);
      return links;
    };
    const links = await abortable(look(), signal);
    return new SftpDestination({ label, connection, root, clock, appendOnly, links, egressCost: egress === 'paid' });
  } catch (error) {
    void connection.close();
    throwIfAborted(signal);
    throw translate(error, `cannot open ${label}`);
  }
};

/** What is not there yet is made by the first write. A server that tells nothing of it is asked by that. */
const assertFolder = async (session: SftpSession, root: string): Promise<void> => {
  const found = await session.stat(root).catch((error: unknown) => {
    if (statusOf(error) === undefined) throw error;
    return undefined;
  });
  if (found?.isFile() !== true) return;
  throw new BackupError('CONFIG_INVALID', `"${root}" at the server is a file`, {
    hint: 'Name a folder as "path".',
  });
};

/** `~` is where a login begins, as it is for a path that is relative. */
const rootOf = (path: string): string => {
  const relative = path.replace(/^~(\/|$)/, '').replace(/\/+$/, '');
  if (path.startsWith('/') && relative === '') return '/';
  return relative === '' ? '.' : relative;
};

/** Asked for a file that is not there: a server that can says so, another one says that it does not know the question. */
const canLink = async (session: SftpSession, root: string): Promise<boolean> => {
  try {
    await session.link(`${root}/.~nothing`, `${root}/.~nothing-else`);
  } catch (error) {
    if (statusOf(error) === undefined) throw error;
    return isMissing(error);
  }
  return false;
};
