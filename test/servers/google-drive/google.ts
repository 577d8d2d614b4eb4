/** Google, as far as a destination sees it. */
import { MemoryGrantStore } from '@triplicate/core';
import { type OAuthServer, startOAuthServer } from '../oauth.ts';
import { type DriveServer, type DriveServerOptions, startDriveServer } from './server.ts';

export const clientId = 'ours.apps.googleusercontent.com';

/** One server for the sign-in, one for the drive. */
export interface Google extends AsyncDisposable {
  readonly drive: DriveServer;
  readonly oauth: OAuthServer;
}

export const startGoogle = async (options: Partial<DriveServerOptions> = {}): Promise<Google> => {
  const oauth = await startOAuthServer({ clientId });
  const drive = await startDriveServer({ accepts: (authorization) => oauth.accepts(authorization), ...options });
  return {
    drive,
    oauth,
    async [Symbol.asyncDispose]() {
      await Promise.all([drive[Symbol.asyncDispose](), oauth[Symbol.asyncDispose]()]);
    },
  };
};

/** Google's addresses, led to the servers of a test; `port` where something stands before the drive. */
export const leadTo =
  ({ drive, oauth }: Pick<Google, 'oauth'> & { readonly drive: { readonly port: number } }, port = drive.port) =>
  (url: URL): URL => {
    const origin = { 'www.googleapis.com': `http://127.0.0.1:${port}`, 'oauth2.googleapis.com': oauth.url }[
      url.hostname
    ];
    return origin === undefined ? url : new URL(url.pathname + url.search, origin);
  };

/** As after a sign-in. */
export const grantsFor = (
  { oauth }: Pick<Google, 'oauth'>,
  refreshToken = oauth.issueRefreshToken(),
): MemoryGrantStore =>
  new MemoryGrantStore({ version: 1, refreshToken, clientId, scope: '', granted: '2026-01-01T12:00:00Z' });

/** What Google says when it refuses. */
export const refusal = (status: number, reason: string, headers: Readonly<Record<string, string>> = {}) => ({
  status,
  headers: { 'content-type': 'application/json; charset=UTF-8', ...headers },
  body: JSON.stringify({
    error: { code: status, message: 'bad weather', errors: [{ domain: 'usageLimits', reason, message: '' }] },
  }),
});
