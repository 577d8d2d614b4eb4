/** Google's own client, with our tokens: loaded when a destination opens, and not before. */
import type { drive_v3 } from '@googleapis/drive';
import { type AccessTokens, openAccount, type PluginContext } from '@triplicate/core';
import { statusOf } from './errors.ts';
import type { GdriveOptions } from './options.ts';
import { googleProvider, scopeOf } from './provider.ts';
import { readServiceKey, type ServiceKey } from './service-key.ts';

type Sdk = typeof import('@googleapis/drive');
type AuthClient = InstanceType<Sdk['auth']['OAuth2']>;
export type GoogleRequest = Parameters<AuthClient['request']>[0];
export interface GoogleAnswer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly data: T;
}

/** Changes the address of a request: tests lead them to a server of their own. */
export type Rewrite = (url: URL) => URL;

export interface GoogleClient {
  readonly api: drive_v3.Drive;
  /** What the typed client cannot do: uploads that can be resumed, and content as a stream. */
  request<T>(request: GoogleRequest): Promise<GoogleAnswer<T>>;
  /** Makes a call, and once more with a new token when Google refused the one it had. */
  call<T>(work: () => Promise<T>): Promise<T>;
}

const tokenMs = 60_000;

/**
 * Takes the request out of an error. The library's own way is to look for secrets at each single byte of what was sent: for a chunk that
 * was refused, the whole program stood still for seconds.
 */
const errorRedactor: NonNullable<GoogleRequest['errorRedactor']> = (error) => {
  const { config, response } = error;
  for (const request of [config, response?.config]) {
    if (request === undefined) continue;
    delete request.data;
    delete request.body;
    request.headers.delete('authorization');
  }
  return error;
};

/** Nothing is sent yet. */
export const createClient = async (
  options: GdriveOptions,
  context: PluginContext,
  rewrite?: Rewrite,
): Promise<GoogleClient> => {
  const sdk = await import('@googleapis/drive');
  const { client, renew } =
    options.serviceAccount === undefined
      ? await personal(sdk, options, context, rewrite)
      : await forService(sdk, options, await readServiceKey(options.serviceAccount, context));
  const resolved = async (request: { readonly url: URL }) => {
    const url = rewrite?.(request.url) ?? request.url;
    return { ...request, retry: false, retryConfig: undefined, url };
  };
  // Only the wrappers make a call again; the library would do so with what it asks by itself, the token of a service account.
  client.transporter.interceptors.request.add({ resolved: resolved as never });
  return {
    api: sdk.drive({ version: 'v3', auth: client as never }),
    request: <T>(request: GoogleRequest) => client.request<T>({ ...request, errorRedactor }),
    async call(work) {
      const token = renew.current();
      try {
        return await work();
      } catch (error) {
        if (statusOf(error) !== 401) throw error;
        renew.refused(token ?? renew.current());
        return await work();
      }
    },
  };
};

interface Opened {
  readonly client: AuthClient;
  readonly renew: { current(): string | undefined; refused(token: string | undefined): void };
}

/** Somebody who signed in: the tokens are ours, and the library asks for one before each request. */
const personal = async (
  sdk: Sdk,
  options: GdriveOptions,
  context: PluginContext,
  rewrite: Rewrite | undefined,
): Promise<Opened> => {
  const provider = googleProvider(options);
  const tokenUrl = rewrite === undefined ? provider.tokenUrl : rewrite(new URL(provider.tokenUrl)).href;
  const tokens: AccessTokens = await openAccount(options, { ...provider, tokenUrl }, context);
  let current: string | undefined;
  let refused: string | undefined;
  const client = new sdk.auth.OAuth2();
  client.refreshHandler = async () => {
    current = await tokens.accessToken({ refused, signal: AbortSignal.timeout(tokenMs) });
    // Ended already, as far as the library knows, so that it never keeps one.
    return { access_token: current, expiry_date: 1 };
  };
  return { client, renew: { current: () => current, refused: (token) => (refused = token) } };
};

const forService = async (sdk: Sdk, options: GdriveOptions, { email, key }: ServiceKey): Promise<Opened> => {
  const subject = options.impersonate === undefined ? {} : { subject: options.impersonate };
  const client = new sdk.auth.JWT({ email, key, scopes: [scopeOf(options)], ...subject });
  const current = (): string | undefined => client.credentials.access_token ?? undefined;
  const refused = (token: string | undefined): void => {
    // Ended, and with what the library puts there by itself to know that it may ask for another one.
    if (token === current())
      client.setCredentials({ ...client.credentials, refresh_token: 'jwt-placeholder', expiry_date: 1 });
  };
  return { client: client as unknown as AuthClient, renew: { current, refused } };
};
