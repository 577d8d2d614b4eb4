import type { OAuthProvider } from '@triplicate/core';
import type { GdriveOptions } from './options.ts';

/** https://developers.google.com/workspace/drive/api/guides/api-specific-auth: never `drive.appdata`, which goes when the application is disconnected. */
const scopes = {
  own: 'https://www.googleapis.com/auth/drive.file',
  all: 'https://www.googleapis.com/auth/drive',
} as const;

export const scopeOf = ({ access }: Pick<GdriveOptions, 'access'>): string => scopes[access];

/** https://developers.google.com/identity/protocols/oauth2/native-app and …/limited-input-device (which gives `drive.file` and not `drive`). */
export const googleProvider = (options: Pick<GdriveOptions, 'access'>): OAuthProvider => ({
  name: 'Google Drive',
  issuer: 'https://accounts.google.com',
  authorizationUrl: 'https://accounts.google.com/o/oauth2/v2/auth',
  tokenUrl: 'https://oauth2.googleapis.com/token',
  deviceUrl: options.access === 'own' ? 'https://oauth2.googleapis.com/device/code' : undefined,
  scopes: [scopeOf(options)],
  requiredScopes: [scopeOf(options)],
  // Without `consent` a second sign-in of the same person gives no refresh token.
  authorizationParameters: { access_type: 'offline', prompt: 'consent' },
  redirect: { host: '127.0.0.1', path: '/' },
  paste: 'address',
  // A device code needs an application of another kind ("TVs and limited input devices").
  withoutBrowser: 'paste',
  revocation: { kind: 'token', url: 'https://oauth2.googleapis.com/revoke' },
  clientHint:
    'Make an OAuth client of the kind "Desktop app" at https://console.cloud.google.com/auth/clients, with the Drive API enabled.',
});
