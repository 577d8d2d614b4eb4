/** Tells a REST server from the others that an address may lead to by mistake: a web site, a WebDAV server, a page that asks to sign in. */
import { BackupError } from '@triplicate/core';
import type { RestProtocol } from './protocol.ts';

const hint =
  'Write the address of a repository on a REST server (`rest-server`, `rclone serve restic`) as "url"; some networks show a page of their own until one signs in.';

/** `what` completes the sentence `this is no REST server: …`. */
export const noRestServer = (what: string, mend = hint): BackupError =>
  new BackupError('CONFIG_INVALID', `this is no REST server: ${what}`, { hint: mend, context: { status: 200 } });

export const isPage = (type: string | undefined): boolean => /^(text\/html|application\/xhtml)/i.test(type ?? '');

/**
 * The look at an address that comes before everything else. CONFIG_INVALID when what answers is plainly something else. Where nothing is yet
 * a server may pass that only a write finds out about.
 */
export const recognise = async (protocol: RestProtocol, signal: AbortSignal): Promise<void> => {
  if ((await protocol.look({ repository: '', folder: '', name: 'config' }, signal)) !== undefined) {
    return protocol.assertListing('keys/', signal);
  }
  const root = await protocol.probe('HEAD', signal);
  if (root.status === 200 && isPage(root.headers['content-type'])) throw noRestServer('it answers with a web page');
  const { headers } = await protocol.probe('OPTIONS', signal);
  if (headers['dav'] !== undefined) throw noRestServer('it speaks WebDAV', 'Use "type: webdav" for this address.');
};
