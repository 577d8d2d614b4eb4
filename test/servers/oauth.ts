/**
 * An authorization server on loopback, written from RFC 6749, 7636 (PKCE), 7009 (revocation), 8252 (loopback redirects) and 8628 (device
 * codes). It checks what those ask of a client, and a "person" answers its questions at once, as the test tells it to.
 */
import { createHash, randomBytes, verify } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export interface OAuthServerOptions {
  readonly clientId: string;
  /** Asked for at every call to the token endpoint when given. */
  readonly clientSecret?: string;
  /** Each use of a refresh token makes a new one, and ends the one that was used. */
  readonly rotate?: boolean;
  readonly lifeSeconds?: number;
  /** What the person allows; everything that was asked for when left out, nothing at all when `false`. */
  readonly allow?: string | false;
  readonly refreshTokens?: boolean;
  /** A machine that signs for itself (RFC 7523), by its public key (PEM). */
  readonly service?: { readonly email: string; readonly publicKey: string };
  /** The person types the device code after so many polls. */
  readonly pollsBefore?: number;
}

export interface OAuthServer extends AsyncDisposable {
  readonly url: string;
  readonly options: { -readonly [Key in keyof OAuthServerOptions]: OAuthServerOptions[Key] };
  /** Every request to it, as `METHOD /path`. */
  readonly requests: readonly string[];
  /** The next requests are answered with these, whatever they ask. */
  readonly troubles: { readonly status: number; readonly headers?: Readonly<Record<string, string>> }[];
  /** Whether an API may serve this `authorization` header; a token that has ended, was revoked or never was given may not. */
  accepts(authorization: string | undefined): boolean;
  /** From now on this access token is good, until all are ended. */
  letIn(accessToken: string): void;
  /** Ends every access token; refresh tokens stay. */
  expireAccess(): void;
  /** The code that the person would read on the last page, where the question named no address. */
  readonly shown: { code?: string };
  /** For whom machines asked (`sub`). */
  readonly subjects: readonly unknown[];
  /** A sign-in without the dance. */
  issueRefreshToken(): string;
}

interface Code {
  readonly challenge: string;
  readonly redirectUri: string | null;
  readonly scope: string;
}

type Body = Readonly<Record<string, unknown>>;
type Answer = readonly [status: number, body: Body];

const invalid = (error: string): Answer => [400, { error }];
const random = (): string => randomBytes(24).toString('base64url');

export const startOAuthServer = async (given: OAuthServerOptions): Promise<OAuthServer> => {
  const options = { ...given };
  const codes = new Map<string, Code>();
  const access = new Map<string, number>();
  const refresh = new Map<string, string>();
  const devices = new Map<string, { polls: number; readonly scope: string }>();
  const requests: string[] = [];
  const troubles: { readonly status: number; readonly headers?: Readonly<Record<string, string>> }[] = [];
  const shown: { code?: string } = {};
  const subjects: unknown[] = [];

  const issue = (scope: string, old?: string): Answer => {
    const accessToken = `access-${random()}`;
    const life = options.lifeSeconds ?? 3600;
    access.set(accessToken, Date.now() + life * 1000);
    const body = { access_token: accessToken, token_type: 'Bearer', expires_in: life, scope };
    if (options.refreshTokens === false || (old !== undefined && options.rotate !== true)) return [200, body];
    const refreshToken = `refresh-${random()}`;
    refresh.set(refreshToken, scope);
    if (old !== undefined) refresh.delete(old);
    return [200, { ...body, refresh_token: refreshToken }];
  };

  const authorize = (query: URLSearchParams, response: ServerResponse): void => {
    const redirectUri = query.get('redirect_uri');
    const wrong =
      query.get('client_id') !== options.clientId ||
      query.get('response_type') !== 'code' ||
      query.get('code_challenge_method') !== 'S256' ||
      !/^[\w-]{43}$/.test(query.get('code_challenge') ?? '') ||
      (query.get('scope') ?? '') === '' ||
      // RFC 8252 §7.3: any port, nothing but this machine.
      (redirectUri !== null && !/^http:\/\/(127\.0\.0\.1|localhost):\d+\//.test(redirectUri));
    if (wrong) return void response.writeHead(400).end('this question is not as it should be');
    const scope = options.allow === undefined || options.allow === false ? (query.get('scope') ?? '') : options.allow;
    const code = `code-${random()}`;
    codes.set(code, { challenge: query.get('code_challenge') ?? '', redirectUri, scope });
    if (redirectUri === null) {
      shown.code = code;
      return void response.writeHead(200).end(`paste this: ${code}`);
    }
    const location = new URL(redirectUri);
    const answer = options.allow === false ? { error: 'access_denied' } : { code };
    for (const [name, value] of Object.entries({ ...answer, state: query.get('state') ?? '' }))
      location.searchParams.set(name, value);
    response.writeHead(302, { location: location.href }).end();
  };

  const exchange = (form: URLSearchParams): Answer => {
    const code = codes.get(form.get('code') ?? '');
    // RFC 6749 §4.1.2: once.
    codes.delete(form.get('code') ?? '');
    const verifier = form.get('code_verifier') ?? '';
    if (code === undefined || !/^[\w.~-]{43,128}$/.test(verifier)) return invalid('invalid_grant');
    if (createHash('sha256').update(verifier).digest('base64url') !== code.challenge) return invalid('invalid_grant');
    return form.get('redirect_uri') === code.redirectUri ? issue(code.scope) : invalid('invalid_grant');
  };

  const pollDevice = (form: URLSearchParams): Answer => {
    const device = devices.get(form.get('device_code') ?? '');
    if (device === undefined) return invalid('expired_token');
    device.polls += 1;
    if (device.polls === 1 && (options.pollsBefore ?? 0) > 1) return invalid('slow_down');
    if (device.polls <= (options.pollsBefore ?? 0)) return invalid('authorization_pending');
    if (options.allow === false) return invalid('access_denied');
    devices.delete(form.get('device_code') ?? '');
    return issue(device.scope);
  };

  /** https://developers.google.com/identity/protocols/oauth2/service-account#httprest */
  const exchangeAssertion = (form: URLSearchParams): Answer => {
    const [header = '', payload = '', signature = ''] = (form.get('assertion') ?? '').split('.');
    const { service } = options;
    if (service === undefined) return invalid('invalid_grant');
    const signed = verify(
      'RSA-SHA256',
      Buffer.from(`${header}.${payload}`),
      service.publicKey,
      Buffer.from(signature, 'base64url'),
    );
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as Readonly<Record<string, unknown>>;
    const now = Date.now() / 1000;
    const good =
      signed && claims['iss'] === service.email && Number(claims['exp']) > now && Number(claims['iat']) <= now + 5;
    if (!good || claims['aud'] !== 'https://oauth2.googleapis.com/token') return invalid('invalid_grant');
    subjects.push(claims['sub']);
    const [status, { refresh_token: _, ...body }] = issue(String(claims['scope']));
    return [status, body];
  };

  const token = (form: URLSearchParams): Answer => {
    switch (form.get('grant_type')) {
      case 'urn:ietf:params:oauth:grant-type:jwt-bearer':
        return exchangeAssertion(form);
      case 'authorization_code':
        return exchange(form);
      case 'refresh_token': {
        const old = form.get('refresh_token') ?? '';
        const scope = refresh.get(old);
        return scope === undefined ? invalid('invalid_grant') : issue(scope, old);
      }
      case 'urn:ietf:params:oauth:grant-type:device_code':
        return pollDevice(form);
      default:
        return invalid('unsupported_grant_type');
    }
  };

  const startDevice = (form: URLSearchParams): Answer => {
    const deviceCode = random();
    devices.set(deviceCode, { polls: 0, scope: form.get('scope') ?? '' });
    const url = `${base}/device`;
    return [
      200,
      { device_code: deviceCode, user_code: 'WDJB-MJHT', verification_uri: url, expires_in: 600, interval: 5 },
    ];
  };

  const revoke = (form: URLSearchParams): Answer => {
    const revoked = form.get('token') ?? '';
    if (!refresh.delete(revoked)) return invalid('invalid_token');
    access.clear();
    return [200, {}];
  };

  const endpoints: Readonly<Record<string, (form: URLSearchParams) => Answer>> = {
    '/token': token,
    '/device/code': startDevice,
    '/revoke': revoke,
  };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { pathname, searchParams } = new URL(request.url ?? '', base);
    requests.push(`${request.method} ${pathname}`);
    const form = new URLSearchParams(await readText(request));
    const trouble = troubles.shift();
    if (trouble !== undefined) return void response.writeHead(trouble.status, trouble.headers).end('busy');
    if (pathname === '/authorize') return authorize(searchParams, response);
    const endpoint = request.method === 'POST' ? endpoints[pathname] : undefined;
    if (endpoint === undefined) return void response.writeHead(404).end();
    const known =
      form.has('assertion') ||
      (form.get('client_id') === options.clientId &&
        (options.clientSecret === undefined || form.get('client_secret') === options.clientSecret));
    const [status, body] = known || pathname === '/revoke' ? endpoint(form) : [401, { error: 'invalid_client' }];
    response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(JSON.stringify(body));
  };

  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const base = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  return {
    url: base,
    options,
    requests,
    troubles,
    shown,
    subjects,
    accepts: (authorization = '') => (access.get(authorization.replace(/^Bearer /i, '')) ?? 0) > Date.now(),
    letIn: (accessToken) => void access.set(accessToken, Infinity),
    expireAccess: () => access.clear(),
    issueRefreshToken() {
      const refreshToken = `refresh-${random()}`;
      refresh.set(refreshToken, options.allow === false ? '' : (options.allow ?? ''));
      return refreshToken;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
};

const readText = async (request: IncomingMessage): Promise<string> => {
  const parts: Buffer[] = [];
  for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts).toString('utf8');
};
