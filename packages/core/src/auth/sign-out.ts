import { BackupError } from '../errors.ts';
import type { Grant } from './grant.ts';
import { fetchOrFail, translateOAuth } from './oauth-errors.ts';
import { type OAuthParts, TokenEndpoint } from './token-endpoint.ts';

/**
 * Takes back what was granted, at the provider. Resolves with the page where a person has to do it, for providers that let no program do
 * it; with nothing otherwise. What is not valid any more counts as taken back.
 */
export const revokeGrant = async (
  parts: OAuthParts,
  grant: Grant,
  signal: AbortSignal,
): Promise<string | undefined> => {
  const { kind, url } = parts.provider.revocation;
  if (kind === 'page') return url;
  const endpoint = new TokenEndpoint(parts);
  if (kind === 'token') {
    await endpoint.revoke(grant.refreshToken, signal);
    return undefined;
  }
  const what = `cannot sign out of ${parts.provider.name}`;
  try {
    const { accessToken } = await endpoint.refresh(grant.refreshToken, signal);
    const headers = { authorization: `Bearer ${accessToken}` };
    const { status } = await fetchOrFail(url, { method: 'POST', headers, signal });
    if (status >= 300 && status !== 401) throw new BackupError('AUTH', `the provider answers with status ${status}`);
  } catch (error) {
    const own = translateOAuth(error, what);
    if (own.context['service'] !== 'invalid_grant') throw own;
  }
  return undefined;
};
