import { userInfo } from 'node:os';
import { type PluginContext, throwIfAborted, abortable } from '@triplicate/core';
import { SftpConnection } from './connection.ts';
import { readCredentials } from './credentials.ts';
import { isMissing, statusOf, translate } from './errors.ts';
import { readHostKeys } from './host-key.ts';
import type { SftpOptions } from './options.ts';
import type { SftpSession } from './session.ts';
import { SftpDestination } from './sftp-destination.ts';

/**
 * Connects, and writes nothing: the first `put` makes the folder. AUTH when the server's key is not the known one or when it lets us not
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
    const links = await abortable(
      connection.session().then((session) => canLink(session, root)),
      signal,
    );
    return new SftpDestination({ label, connection, root, clock, appendOnly, links, egressCost: egress === 'paid' });
  } catch (error) {
    void connection.close();
    throwIfAborted(signal);
    throw translate(error, `cannot open ${label}`);
  }
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
