import type { OAuthProvider } from '@triplicate/core';
import { addressOf } from './client.ts';

/** https://developers.dropbox.com/oauth-guide and https://www.dropbox.com/developers/documentation/http/documentation#authorization */
export const dropboxProvider = (endpoint: string | undefined): OAuthProvider => ({
  name: 'Dropbox',
  issuer: 'https://www.dropbox.com',
  authorizationUrl: 'https://www.dropbox.com/oauth2/authorize',
  tokenUrl: addressOf('https://api.dropboxapi.com/oauth2/token', endpoint),
  // The last one is for the room that is left and can be done without.
  scopes: ['files.metadata.read', 'files.content.read', 'files.content.write', 'account_info.read'],
  requiredScopes: ['files.metadata.read', 'files.content.read', 'files.content.write'],
  authorizationParameters: { token_access_type: 'offline' },
  // Compared letter by letter with what is registered, the port too.
  redirect: { host: '127.0.0.1', port: 53_417, path: '/' },
  paste: 'code',
  withoutBrowser: 'paste',
  revocation: { kind: 'bearer', url: addressOf('https://api.dropboxapi.com/2/auth/token/revoke', endpoint) },
  clientHint:
    'Make an app at https://www.dropbox.com/developers/apps ("Scoped access", "App folder"), allow it the permissions that ' +
    'docs/destinations/dropbox.md names, and enter http://127.0.0.1:53417/ as its redirect URI.',
});
