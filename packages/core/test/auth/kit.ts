import { randomUUID } from 'node:crypto';
import type { Keychain } from '../../src/config/keychain.ts';
import { BackupError } from '../../src/errors.ts';
import type { Log } from '../../src/plugin/plugin.ts';
import type { OAuthProvider } from '../../src/auth/provider.ts';
import type { SignInTalk } from '../../src/auth/sign-in.ts';
import type { OAuthServer } from '../../../../test/servers/oauth.ts';

export const providerAt = ({ url }: Pick<OAuthServer, 'url'>, changes: Partial<OAuthProvider> = {}): OAuthProvider => ({
  name: 'Example Drive',
  issuer: url,
  authorizationUrl: `${url}/authorize`,
  tokenUrl: `${url}/token`,
  deviceUrl: `${url}/device/code`,
  scopes: ['https://example.org/auth/drive.file'],
  requiredScopes: ['https://example.org/auth/drive.file'],
  authorizationParameters: { access_type: 'offline' },
  redirect: { host: '127.0.0.1', path: '/' },
  paste: 'address',
  withoutBrowser: 'paste',
  revocation: { kind: 'token', url: `${url}/revoke` },
  clientHint: 'Register an application.',
  ...changes,
});

const unexpected = (): never => {
  throw new Error('this was not to be asked');
};

export const talkOf = (parts: Partial<SignInTalk>): SignInTalk => ({
  browse: unexpected,
  showCode: unexpected,
  askForAnswer: unexpected,
  ...parts,
});

/** A person with a browser: follows the redirects, and keeps the last page. */
export const browser = () => {
  const pages: { readonly status: number; readonly url: string; readonly text: string; readonly headers: Headers }[] =
    [];
  let loading: Promise<void> = Promise.resolve();
  return {
    pages,
    /** As a browser is opened: nobody waits for the page. */
    browse(url: string): Promise<void> {
      loading = fetch(url).then(async (response) => {
        pages.push({
          status: response.status,
          url: response.url,
          text: await response.text(),
          headers: response.headers,
        });
      });
      loading.catch(() => undefined);
      return Promise.resolve();
    },
    loaded: () => loading,
  };
};

export const quietLog = (): Log & { readonly warnings: string[] } => {
  const warnings: string[] = [];
  return { warnings, debug: () => undefined, info: () => undefined, warn: (text) => void warnings.push(text) };
};

export const memoryKeychain = (): Keychain & { readonly entries: Map<string, string> } => {
  const entries = new Map<string, string>();
  return {
    entries,
    get: (name) => Promise.resolve(entries.get(name)),
    set: (name, secret) => Promise.resolve(void entries.set(name, secret)),
    remove: (name) => Promise.resolve(void entries.delete(name)),
  };
};

/** As on a server without a desktop. */
export const noKeychain = (): Keychain => {
  const refuse = (): Promise<never> => Promise.reject(new BackupError('AUTH', 'no keychain opens here'));
  return { get: refuse, set: refuse, remove: refuse };
};

export const grantOf = (refreshToken: string = randomUUID(), clientId = 'triplicate-test') => ({
  version: 1 as const,
  refreshToken,
  clientId,
  scope: '',
  granted: '2026-01-01T12:00:00.000Z',
});
