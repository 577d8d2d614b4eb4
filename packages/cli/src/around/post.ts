import { BackupError, sleepFor, throwIfAborted, toBackupError, type Clock } from '@triplicate/core';

const timeLimitMs = 15_000;
/** Between the tries: what is overloaded needs a moment. */
const pausesMs = [1000, 5000];

export interface Post {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** To be told twice does no harm. */
  readonly repeatable?: boolean;
}

export interface PostOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Three tries; what a server refuses for good is not sent again, nor what it may have taken before the connection broke. UNAVAILABLE without
 * the address, which is a secret; `context.sent` when it may have arrived.
 */
export const postUntilTaken = async (
  what: string,
  { url, headers, body, repeatable = false }: Post,
  { clock, signal }: PostOptions,
): Promise<void> => {
  let last = '';
  for (let tried = 0; ; tried += 1) {
    throwIfAborted(signal);
    try {
      const limited = AbortSignal.any([signal, AbortSignal.timeout(timeLimitMs)]);
      const response = await postWhereItIs({ url, headers, body }, limited);
      if (response.ok || response.status === 303) return;
      last = isRedirect(response)
        ? `it answered ${response.status}: it is elsewhere`
        : `it answered ${response.status}`;
      if (response.status < 500 && response.status !== 429) break;
    } catch (error) {
      throwIfAborted(signal);
      const cause = error instanceof TypeError ? (error.cause ?? error) : error;
      // `fetch failed` says nothing; its cause does.
      last = toBackupError(cause).message;
      if (!repeatable && mayHaveArrived(cause))
        throw new BackupError('UNAVAILABLE', `the ${what} may have been told, and is not told twice: ${last}`, {
          context: { sent: true },
        });
    }
    const pause = pausesMs[tried];
    if (pause === undefined) break;
    await sleepFor(clock, pause, signal);
  }
  throw new BackupError('UNAVAILABLE', `the ${what} was not told: ${last}`);
};

const redirects: ReadonlySet<number> = new Set([301, 302, 307, 308]);
const isRedirect = ({ status }: Response): boolean => redirects.has(status);

/** More is a circle. */
const mostRedirects = 5;

/**
 * To where it has moved too. `fetch` alone would ask there with GET after a 301 or 302, and lose the news; 303 says that they were taken. No
 * token goes to another host, and nothing from TLS into the clear.
 */
const postWhereItIs = async (post: Pick<Post, 'url' | 'headers' | 'body'>, signal: AbortSignal): Promise<Response> => {
  let { url, headers } = post;
  for (let hops = 0; ; hops += 1) {
    const response = await fetch(url, { method: 'POST', headers, body: post.body, redirect: 'manual', signal });
    await response.body?.cancel();
    const next = URL.parse(response.headers.get('location') ?? '', url);
    const here = new URL(url);
    const leaves = next === null || (here.protocol === 'https:' && next.protocol !== 'https:');
    if (!isRedirect(response) || leaves || hops === mostRedirects) return response;
    if (!isSameServer(here, next)) {
      const { authorization: _, ...others } = headers;
      headers = others;
    }
    url = next.href;
  }
};

/** With TLS instead of without, at the usual ports, it is the same. */
const isSameServer = (here: URL, next: URL): boolean =>
  next.origin === here.origin ||
  (next.hostname === here.hostname && next.protocol === 'https:' && here.port === '' && next.port === '');

const beforeSending: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** Unless no connection came about at all. */
const mayHaveArrived = (cause: unknown): boolean => {
  const { code = '', message = '' } = (cause ?? {}) as { readonly code?: string; readonly message?: string };
  // Some ports are kept for other programs: nothing is ever sent there.
  return !beforeSending.has(code) && !/CERT|TLS|SSL|SIGNED|INVALID_URL/.test(code) && message !== 'bad port';
};
