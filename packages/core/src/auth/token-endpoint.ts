/** The requests of OAuth 2.0, in the words of our errors. The library is loaded with the first of them. */
import type { AuthorizationServer, Client, ClientAuth, TokenEndpointResponse } from 'oauth4webapi';
import type { Clock } from '../clock.ts';
import { BackupError } from '../errors.ts';
import { fetchOrFail, translateOAuth } from './oauth-errors.ts';
import type { OAuthClient, OAuthProvider } from './provider.ts';

export interface OAuthParts {
  readonly provider: OAuthProvider;
  readonly client: OAuthClient;
  readonly clock: Clock;
}

export interface Tokens {
  readonly accessToken: string;
  readonly expiresAt: Date;
  /** Absent when the one that was used stays good. */
  readonly refreshToken: string | undefined;
  /** Absent when it is what was asked for. */
  readonly scope: string | undefined;
}

export interface CodeAnswer {
  /** What came back in the address of the redirect. */
  readonly answer: URLSearchParams;
  readonly redirectUri: string;
  readonly state: string;
  readonly verifier: string;
  readonly signal: AbortSignal;
}

export interface DeviceCode {
  readonly deviceCode: string;
  /** What a person types at `url`. */
  readonly userCode: string;
  readonly url: string;
  readonly expiresAt: Date;
  readonly intervalMs: number;
}

type Library = typeof import('oauth4webapi');

interface Opened {
  readonly lib: Library;
  readonly server: AuthorizationServer;
  readonly client: Client;
  readonly auth: ClientAuth;
}

/** As long as nothing is said about it (RFC 6749 §5.1 only recommends to). */
const usualLifeSeconds = 3600;

/** One provider and one registered application, ready to be asked. */
export class TokenEndpoint {
  readonly #parts: OAuthParts;

  constructor(parts: OAuthParts) {
    this.#parts = parts;
  }

  /** A code for tokens; `verifier` proves that the question was ours (https://www.rfc-editor.org/rfc/rfc7636). AUTH when it is refused. */
  exchange({ answer, redirectUri, state, verifier, signal }: CodeAnswer): Promise<Tokens> {
    return this.#ask('cannot sign in to', async ({ lib, server, client, auth }) => {
      const checked = checkAnswer(() => lib.validateAuthResponse(server, client, answer, state));
      const options = this.#options(lib, signal);
      const response = await lib.authorizationCodeGrantRequest(
        server,
        client,
        auth,
        checked,
        redirectUri,
        verifier,
        options,
      );
      return lib.processAuthorizationCodeResponse(server, client, response);
    });
  }

  /** The same for a code that the provider shows to people: the question named no address, so this one must not (RFC 6749 §4.1.3). */
  exchangeShown(code: string, verifier: string, signal: AbortSignal): Promise<Tokens> {
    return this.#ask('cannot sign in to', async ({ lib, server, client, auth }) => {
      const parameters = { code, code_verifier: verifier };
      const options = this.#options(lib, signal);
      const kind = 'authorization_code';
      const response = await lib.genericTokenEndpointRequest(server, client, auth, kind, parameters, options);
      return lib.processGenericTokenEndpointResponse(server, client, response);
    });
  }

  refresh(refreshToken: string, signal: AbortSignal): Promise<Tokens> {
    return this.#ask('cannot renew the sign-in at', async ({ lib, server, client, auth }) => {
      const response = await lib.refreshTokenGrantRequest(
        server,
        client,
        auth,
        refreshToken,
        this.#options(lib, signal),
      );
      return lib.processRefreshTokenResponse(server, client, response);
    });
  }

  /** For an application that is an account of its own (RFC 6749 §4.4); its secret is what proves it. */
  asApplication(scope: string, signal: AbortSignal): Promise<Tokens> {
    return this.#ask('cannot sign in to', async ({ lib, server, client, auth }) => {
      const options = this.#options(lib, signal);
      const response = await lib.clientCredentialsGrantRequest(server, client, auth, { scope }, options);
      return lib.processClientCredentialsResponse(server, client, response);
    });
  }

  async startDevice(signal: AbortSignal): Promise<DeviceCode> {
    const { clock, provider } = this.#parts;
    const { lib, server, client, auth } = await this.#open();
    try {
      const parameters = { scope: provider.scopes.join(' ') };
      const response = await lib.deviceAuthorizationRequest(
        server,
        client,
        auth,
        parameters,
        this.#options(lib, signal),
      );
      const told = await lib.processDeviceAuthorizationResponse(server, client, response);
      return {
        deviceCode: told.device_code,
        userCode: told.user_code,
        url: told.verification_uri,
        expiresAt: new Date(clock.now().getTime() + told.expires_in * 1000),
        intervalMs: (told.interval ?? 5) * 1000,
      };
    } catch (error) {
      throw translateOAuth(error, `cannot sign in to ${provider.name}`);
    }
  }

  /** What to do next: `pending` and `slow_down` say to ask again later. */
  async pollDevice(deviceCode: string, signal: AbortSignal): Promise<Tokens | 'pending' | 'slow_down'> {
    try {
      return await this.#ask('cannot sign in to', async ({ lib, server, client, auth }) => {
        const response = await lib.deviceCodeGrantRequest(server, client, auth, deviceCode, this.#options(lib, signal));
        return lib.processDeviceCodeResponse(server, client, response);
      });
    } catch (error) {
      const said = error instanceof BackupError ? error.context['service'] : undefined;
      if (said === 'authorization_pending') return 'pending';
      if (said === 'slow_down') return 'slow_down';
      throw error;
    }
  }

  /** RFC 7009 §2.2: a token that is not good any more counts as revoked. */
  async revoke(token: string, signal: AbortSignal): Promise<void> {
    const { lib, server, client, auth } = await this.#open();
    try {
      const response = await lib.revocationRequest(server, client, auth, token, this.#options(lib, signal));
      await lib.processRevocationResponse(response);
    } catch (error) {
      const own = translateOAuth(error, `cannot sign out of ${this.#parts.provider.name}`);
      if (own.context['service'] !== 'invalid_token') throw own;
    }
  }

  async #open(): Promise<Opened> {
    const { client, provider } = this.#parts;
    const lib = await import('oauth4webapi');
    const server: AuthorizationServer = {
      issuer: provider.issuer,
      authorization_endpoint: provider.authorizationUrl,
      token_endpoint: provider.tokenUrl,
      ...(provider.deviceUrl === undefined ? {} : { device_authorization_endpoint: provider.deviceUrl }),
      ...(provider.revocation.kind === 'token' ? { revocation_endpoint: provider.revocation.url } : {}),
    };
    const registered: Client = { client_id: client.id };
    const auth: ClientAuth = client.secret === undefined ? lib.None() : lib.ClientSecretPost(client.secret);
    return { lib, server, client: registered, auth };
  }

  #options(lib: Library, signal: AbortSignal) {
    const { hostname, protocol } = new URL(this.#parts.provider.tokenUrl);
    return {
      signal,
      [lib.customFetch]: fetchOrFail,
      // Nobody but this machine hears what goes to itself.
      [lib.allowInsecureRequests]: protocol === 'http:' && hostname === '127.0.0.1',
    };
  }

  async #ask(what: string, work: (open: Opened) => Promise<TokenEndpointResponse>): Promise<Tokens> {
    const { clock, provider } = this.#parts;
    const open = await this.#open();
    const asked = clock.now().getTime();
    try {
      const { access_token: accessToken, expires_in: life = usualLifeSeconds, refresh_token, scope } = await work(open);
      return { accessToken, expiresAt: new Date(asked + life * 1000), refreshToken: refresh_token, scope };
    } catch (error) {
      throw translateOAuth(error, `${what} ${provider.name}`);
    }
  }
}

const checkAnswer = <T>(check: () => T): T => {
  try {
    return check();
  } catch (error) {
    if (typeof (error as { error?: unknown }).error === 'string') throw error;
    const hint = 'Begin again, and use the newest page alone.';
    throw new BackupError('AUTH', 'what came back is no answer to this question', { hint, cause: error });
  }
};
