import {
  type Clock,
  type Destination,
  type Log,
  MemoryGrantStore,
  type PluginContext,
  systemClock,
} from '@triplicate/core';
import {
  type DriveServer,
  type DriveServerOptions,
  startDriveServer,
} from '../../../test/servers/google-drive/server.ts';
import { type OAuthServer, startOAuthServer } from '../../../test/servers/oauth.ts';
import { openGdriveAt } from '../src/index.ts';
import plugin from '../src/index.ts';

export const quiet: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined };
/** Nobody waits by it. */
export const hurried: Clock = { ...systemClock, sleep: () => Promise.resolve() };
export const signal = new AbortController().signal;
export const clientId = 'ours.apps.googleusercontent.com';

/** Google, as far as a destination sees it: one server for the sign-in, one for the drive. */
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

export interface OpenOptions {
  readonly port?: number;
  readonly secret?: string;
  readonly refreshToken?: string;
  readonly clock?: Clock;
}

export const contextFor = (
  { oauth }: Pick<Google, 'oauth'>,
  { clock = systemClock, refreshToken, secret = '' }: OpenOptions = {},
): PluginContext => ({
  name: 'cloud',
  signal,
  log: quiet,
  clock,
  secret: () => Promise.resolve(secret),
  configDirectory: '/',
  cacheDirectory: '/',
  stateDirectory: '/',
  grants: new MemoryGrantStore({
    version: 1,
    refreshToken: refreshToken ?? oauth.issueRefreshToken(),
    clientId,
    scope: '',
    granted: '2026-01-01T12:00:00Z',
  }),
});

/** Opens as the engine does: options as written, checked by the plugin's own schema. */
export const openAt = (
  google: Google,
  raw: Record<string, unknown> = {},
  options: OpenOptions = {},
): Promise<Destination> => {
  const usual = 'serviceAccount' in raw ? {} : { clientId };
  const parsed = plugin.options.parse({ folder: 'Backups/anna', listLag: '0s', ...usual, ...raw });
  return openGdriveAt(parsed, contextFor(google, options), leadTo(google, options.port));
};

/** What Google says when it refuses. */
export const refusal = (status: number, reason: string, headers: Readonly<Record<string, string>> = {}) => ({
  status,
  headers: { 'content-type': 'application/json; charset=UTF-8', ...headers },
  body: JSON.stringify({
    error: { code: status, message: 'bad weather', errors: [{ domain: 'usageLimits', reason, message: '' }] },
  }),
});
