import { abortable } from '../destination/abortable.ts';
import { BackupError } from '../errors.ts';
import type { Log } from '../plugin/plugin.ts';
import type { Grant } from './grant.ts';
import type { GrantStore } from './grant-store.ts';
import { type OAuthParts, TokenEndpoint, type Tokens } from './token-endpoint.ts';

export interface AccessTokensOptions extends OAuthParts {
  readonly store: GrantStore;
  /** Of the destination, for hints. */
  readonly name: string;
  readonly log: Log;
  /** Told of each token before anybody sees it. */
  readonly protect?: ((secret: string) => void) | undefined;
}

export interface AccessTokenCall {
  readonly signal: AbortSignal;
  /** The token that the service has just refused, so that it is not given out again. */
  readonly refused?: string | undefined;
}

/** Longer than any call between asking for a token and its arrival. */
const marginMs = 60_000;
const refreshMs = 60_000;

/** The access token of one destination: fetched when it is first needed, and again before it ends. Many callers share one request. */
export class AccessTokens {
  readonly #options: AccessTokensOptions;
  readonly #endpoint: TokenEndpoint;
  #current: Tokens | undefined;
  #coming: Promise<Tokens> | undefined;
  /** What the store did not take. */
  #unkept: Grant | undefined;

  constructor(options: AccessTokensOptions) {
    this.#options = options;
    this.#endpoint = new TokenEndpoint(options);
  }

  /** AUTH when nobody has signed in or the sign-in has ended, UNAVAILABLE or RATE_LIMITED when the provider does not answer now. */
  async accessToken({ refused, signal }: AccessTokenCall): Promise<string> {
    const current = this.#current;
    if (current !== undefined && current.accessToken !== refused && this.#holds(current)) return current.accessToken;
    // For all who wait for it, so no signal of one of them ends it.
    this.#coming ??= this.#renew(AbortSignal.timeout(refreshMs)).finally(() => (this.#coming = undefined));
    return (await abortable(this.#coming, signal)).accessToken;
  }

  #holds({ expiresAt }: Tokens): boolean {
    return expiresAt.getTime() - marginMs > this.#options.clock.now().getTime();
  }

  async #renew(signal: AbortSignal): Promise<Tokens> {
    const { protect, store } = this.#options;
    // Inside the lock the store is read anew: another process may have used up the refresh token that was there before.
    const tokens = await store.exclusively(
      async () => {
        const grant = await this.#grant(signal);
        protect?.(grant.refreshToken);
        const renewed = await this.#endpoint.refresh(grant.refreshToken, signal);
        for (const secret of [renewed.accessToken, renewed.refreshToken ?? '']) protect?.(secret);
        await this.#keep(grant, renewed, signal);
        return renewed;
      },
      { signal },
    );
    this.#current = tokens;
    return tokens;
  }

  async #grant(signal: AbortSignal): Promise<Grant> {
    const { client, name, provider, store } = this.#options;
    const grant = this.#unkept ?? (await store.read({ signal }));
    const hint = `Run \`triplicate auth ${name}\`.`;
    if (grant === undefined)
      throw new BackupError('AUTH', `nobody has signed in to ${provider.name} for "${name}"`, { hint });
    if (grant.clientId === client.id) return grant;
    throw new BackupError('AUTH', `the sign-in to ${provider.name} for "${name}" was made with another "clientId"`, {
      hint,
    });
  }

  /** A rotated refresh token replaces the one before, which is worth nothing from now on. */
  async #keep(grant: Grant, { refreshToken }: Tokens, signal: AbortSignal): Promise<void> {
    const { log, name, store } = this.#options;
    if (refreshToken === undefined || refreshToken === grant.refreshToken) return;
    const rotated = { ...grant, refreshToken };
    try {
      await store.write(rotated, { signal });
      this.#unkept = undefined;
    } catch (error) {
      this.#unkept = rotated;
      log.warn(
        `the renewed sign-in of "${name}" could not be kept; run \`triplicate auth ${name}\` before the next run`,
        {
          error: String(error),
        },
      );
    }
  }
}
