import { z } from 'zod';
import { type SecretReference, secretReference } from '../config/secret-reference.ts';
import { BackupError } from '../errors.ts';
import type { OAuthClient, OAuthProvider } from './provider.ts';

/** Two keys for the options of a plugin: an application that the person has registered. */
export const oauthClientOptions = {
  // No reference: it is no secret, it is seen in the address of the browser, and the recovery kit needs it.
  clientId: z.string().min(1).optional().describe('The id of your own application at the provider; it is no secret'),
  clientSecret: secretReference
    .optional()
    .describe('Where the secret of that application is, if the provider gave it one'),
};

export interface OAuthClientOptions {
  readonly clientId?: string | undefined;
  readonly clientSecret?: SecretReference | undefined;
}

/** CONFIG_INVALID when neither the options nor the provider name an application. */
export const resolveClient = async (
  { clientId, clientSecret }: OAuthClientOptions,
  provider: OAuthProvider,
  secret: (reference: SecretReference) => Promise<string>,
): Promise<OAuthClient> => {
  if (clientId === undefined) {
    if (provider.client !== undefined) return provider.client;
    const hint = `${provider.clientHint} Write its id as "clientId".`;
    throw new BackupError('CONFIG_INVALID', `${provider.name} wants to know which application signs in`, { hint });
  }
  return clientSecret === undefined ? { id: clientId } : { id: clientId, secret: await secret(clientSecret) };
};
