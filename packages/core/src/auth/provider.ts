/** Where and how a person lets us into an account (OAuth 2.0, https://www.rfc-editor.org/rfc/rfc6749), as a plugin describes it. */
export interface OAuthProvider {
  /** For people, e.g. `Google Drive`. */
  readonly name: string;
  /** As the provider names itself in the `iss` of its answers (https://www.rfc-editor.org/rfc/rfc9207). */
  readonly issuer: string;
  readonly authorizationUrl: string;
  readonly tokenUrl: string;
  /** https://www.rfc-editor.org/rfc/rfc8628; left out where the provider has none. */
  readonly deviceUrl?: string | undefined;
  /** What is asked for, as narrow as the provider allows. */
  readonly scopes: readonly string[];
  /** Those without which nothing works: people can untick some, and a sign-in without them is refused. */
  readonly requiredScopes: readonly string[];
  /** What is added to the question, e.g. `access_type: offline`. */
  readonly authorizationParameters?: Readonly<Record<string, string>> | undefined;
  /** Where the browser is sent back to; left out where the provider takes only addresses that are registered in full. */
  readonly redirect?: Redirect | undefined;
  /** Without a browser on this machine: whether the provider shows a code to paste, or the address of a page that failed to load is pasted. */
  readonly paste: 'code' | 'address';
  /** What works best on a machine without a browser. */
  readonly withoutBrowser: 'device' | 'paste';
  readonly revocation: Revocation;
  /** An application that is registered for Triplicate; left out where each person brings an own one. */
  readonly client?: OAuthClient | undefined;
  /** How a person gets a client id, an imperative sentence. */
  readonly clientHint: string;
}

/** A loopback address (https://www.rfc-editor.org/rfc/rfc8252#section-7.3): always served on 127.0.0.1, whatever name is used for it. */
export interface Redirect {
  readonly host: '127.0.0.1' | 'localhost';
  /** Where the provider compares the port with what is registered; a random one otherwise. */
  readonly port?: number | undefined;
  /** Begins with a slash. */
  readonly path: string;
}

/**
 * How what was granted is taken back: `token` sends the refresh token to an endpoint (https://www.rfc-editor.org/rfc/rfc7009), `bearer`
 * calls an endpoint with an access token, and `page` is where a person does it.
 */
export type Revocation = { readonly kind: 'token' | 'bearer' | 'page'; readonly url: string };

/** An application as it is registered with the provider. */
export interface OAuthClient {
  readonly id: string;
  /** For programs on people's machines no secret at all (RFC 8252 §8.5), but some providers ask for it. */
  readonly secret?: string | undefined;
}

/** The ways to sign in: a browser on this machine, a code typed on another one, or an answer pasted from there. */
export const signInMethods = ['browser', 'device', 'paste'] as const;
export type SignInMethod = (typeof signInMethods)[number];
