import { BackupError } from '../errors.ts';
import type { PluginContext } from '../plugin/plugin.ts';
import { AccessTokens } from './access-tokens.ts';
import { type OAuthClientOptions, resolveClient } from './client.ts';
import type { OAuthProvider } from './provider.ts';

/** The tokens of the destination that is being opened. Nothing is asked yet, not even whether anybody has signed in. */
export const openAccount = async (
  options: OAuthClientOptions,
  provider: OAuthProvider,
  context: PluginContext,
): Promise<AccessTokens> => {
  const { clock, grants, log, name, protect } = context;
  if (grants === undefined) throw new BackupError('UNSUPPORTED', 'there is no place to keep a sign-in');
  const client = await resolveClient(options, provider, (reference) => context.secret(reference));
  return new AccessTokens({ provider, client, store: grants, name, clock, log, protect });
};
