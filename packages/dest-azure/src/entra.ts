/** Signing in with Entra ID instead of a key: as an application with a secret, or as a person. */
import { type OAuthProvider, openAccount, type PluginContext, resolveClient, TokenEndpoint } from '@triplicate/core';
import type { AzureOptions } from './options.ts';

type EntraOptions = Pick<AzureOptions, 'authority' | 'clientId' | 'clientSecret' | 'tenant'>;

/** As the SDK asks for tokens. It keeps one until `expiresOnTimestamp`, and names the tenant when the service refused the one before. */
export interface EntraCredential {
  getToken(
    scopes: string | string[],
    options?: { readonly abortSignal?: AbortSignal; readonly tenantId?: string },
  ): Promise<{ readonly token: string; readonly expiresOnTimestamp: number }>;
}

/** The same in all national clouds: https://learn.microsoft.com/en-us/azure/storage/blobs/authorize-access-azure-active-directory */
const resource = 'https://storage.azure.com';

/** https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-auth-code-flow, .../v2-oauth2-device-code and .../v2-oauth2-client-creds-grant-flow */
export const entraProvider = ({ authority, tenant = 'organizations' }: EntraOptions): OAuthProvider => {
  const base = `${authority.replace(/\/+$/, '')}/${tenant}`;
  const scope = `${resource}/user_impersonation`;
  return {
    name: 'Entra ID',
    issuer: `${base}/v2.0`,
    authorizationUrl: `${base}/oauth2/v2.0/authorize`,
    tokenUrl: `${base}/oauth2/v2.0/token`,
    deviceUrl: `${base}/oauth2/v2.0/devicecode`,
    scopes: [scope, 'offline_access'],
    // Microsoft does not name offline_access among what was granted.
    requiredScopes: [scope],
    redirect: { host: 'localhost', path: '/' },
    paste: 'address',
    withoutBrowser: 'device',
    revocation: { kind: 'page', url: 'https://myapps.microsoft.com' },
    clientHint:
      'Register an application at https://entra.microsoft.com ("App registrations") with the delegated permission user_impersonation of ' +
      'Azure Storage, add the platform "Mobile and desktop applications" with http://localhost as its redirect URI, and allow public client flows.',
  };
};

/** Nothing is asked yet. */
export const entraCredential = async (options: EntraOptions, context: PluginContext): Promise<EntraCredential> =>
  options.clientSecret === undefined ? await ofPerson(options, context) : await ofApplication(options, context);

const ofApplication = async (options: EntraOptions, context: PluginContext): Promise<EntraCredential> => {
  const provider = entraProvider(options);
  const client = await resolveClient(options, provider, (reference) => context.secret(reference));
  const endpoint = new TokenEndpoint({ provider, client, clock: context.clock });
  return {
    async getToken(_, { abortSignal = context.signal } = {}) {
      const { accessToken, expiresAt } = await endpoint.asApplication(`${resource}/.default`, abortSignal);
      context.protect?.(accessToken);
      return { token: accessToken, expiresOnTimestamp: expiresAt.getTime() };
    },
  };
};

const ofPerson = async (options: EntraOptions, context: PluginContext): Promise<EntraCredential> => {
  const tokens = await openAccount(options, entraProvider(options), context);
  let given: string | undefined;
  return {
    async getToken(_, { abortSignal = context.signal, tenantId } = {}) {
      given = await tokens.accessToken({ refused: tenantId === undefined ? undefined : given, signal: abortSignal });
      // Ended already, as far as the SDK knows, so that it never keeps one.
      return { token: given, expiresOnTimestamp: 1 };
    },
  };
};
