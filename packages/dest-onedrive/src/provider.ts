import type { OAuthProvider } from '@triplicate/core';
import type { OnedriveOptions } from './options.ts';

/** https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-auth-code-flow and .../v2-oauth2-device-code */
export const onedriveProvider = ({
  access,
  authority,
}: Pick<OnedriveOptions, 'access' | 'authority'>): OAuthProvider => {
  const base = `${authority.replace(/\/+$/, '')}/oauth2/v2.0`;
  const scope = access === 'appFolder' ? 'Files.ReadWrite.AppFolder' : 'Files.ReadWrite';
  return {
    name: 'OneDrive',
    issuer: `${authority.replace(/\/+$/, '')}/v2.0`,
    authorizationUrl: `${base}/authorize`,
    tokenUrl: `${base}/token`,
    deviceUrl: `${base}/devicecode`,
    scopes: [scope, 'offline_access'],
    // Microsoft does not name offline_access among what was granted.
    requiredScopes: [scope],
    // The port is not compared for this name: https://learn.microsoft.com/en-us/entra/identity-platform/reply-url
    redirect: { host: 'localhost', path: '/' },
    paste: 'address',
    withoutBrowser: 'device',
    revocation: { kind: 'page', url: 'https://account.live.com/consent/Manage' },
    clientHint:
      'Register an application at https://entra.microsoft.com ("App registrations"; accounts in any directory and personal ones), ' +
      'add the platform "Mobile and desktop applications" with http://localhost as its redirect URI, and allow public client flows.',
  };
};
