/**
 * As much of Entra ID as an application needs that signs in as itself, on loopback, written from
 * https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-client-creds-grant-flow (requests and answers),
 * .../access-token-claims-reference (what is in a token) and .../reference-error-codes (what it refuses, and how it says so).
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';

export interface EntraApplication {
  readonly clientId: string;
  readonly secret: string;
}

export interface Entra extends AsyncDisposable {
  /** What an `authority` is without the tenant. */
  readonly url: string;
  readonly port: number;
  readonly tenant: string;
  readonly application: EntraApplication;
  /** Of a person who has signed in, with the application that has no need of its secret. */
  readonly refreshToken: string;
  /** Seconds that a token is good for; may be changed. */
  life: number;
  /** Seconds that a token is old when it is given out; may be changed. */
  age: number;
  /** Tokens that were given out. */
  readonly given: readonly string[];
  /** The next requests for a token get this status and nothing else. */
  readonly troubles: number[];
}

type Form = Readonly<Record<string, string | undefined>>;
type Answer = readonly [status: number, body: Readonly<Record<string, unknown>>];

const refuse = (status: number, error: string, code: number, text: string): Answer => {
  const more = { timestamp: '2026-01-01 00:00:00Z', trace_id: randomUUID(), correlation_id: randomUUID() };
  return [status, { error, error_description: `AADSTS${code}: ${text}`, error_codes: [code], ...more }];
};

export const startEntra = async (): Promise<Entra> => {
  const tenant = randomUUID();
  const application = { clientId: randomUUID(), secret: `s~${randomUUID()}` };
  const given: string[] = [];
  const troubles: number[] = [];
  const state = { life: 3599, age: 0 };
  const refreshToken = `1.${randomUUID()}`;

  const token = (asked: string, form: Form): Answer => {
    if (asked !== tenant) return refuse(400, 'invalid_request', 90002, `Tenant '${asked}' not found.`);
    const { client_id: id, client_secret: secret, grant_type: grant, scope = '' } = form;
    if (grant !== 'client_credentials' && grant !== 'refresh_token')
      return refuse(400, 'unsupported_grant_type', 70003, 'The app requested an unsupported grant type.');
    if (id !== application.clientId)
      return refuse(400, 'unauthorized_client', 700016, `Application with identifier '${id}' was not found.`);
    if (grant === 'refresh_token') {
      if (form['refresh_token'] !== refreshToken)
        return refuse(400, 'invalid_grant', 700082, 'The refresh token has expired due to inactivity.');
      return issue('https://storage.azure.com', id, { scp: 'user_impersonation' });
    }
    if (secret === undefined)
      return refuse(401, 'invalid_client', 7000218, "The request body must contain 'client_secret'.");
    if (secret !== application.secret)
      return refuse(401, 'invalid_client', 7000215, `Invalid client secret provided for app '${id}'.`);
    const resource = /^(https:\/\/\S+)\/\.default( |$)/.exec(scope)?.[1];
    if (resource === undefined)
      return refuse(400, 'invalid_scope', 1002012, `The provided value for scope ${scope} is not valid.`);
    return issue(resource, id, { idtyp: 'app' });
  };

  const issue = (aud: string, appid: string, more: object): Answer => {
    const now = Math.floor(Date.now() / 1000) - state.age;
    const claims = {
      aud,
      iss: `https://sts.windows.net/${tenant}/`,
      iat: now,
      nbf: now - 300,
      exp: now + state.life,
      appid,
      ...more,
      oid: randomUUID(),
      sub: randomUUID(),
      tid: tenant,
      ver: '1.0',
    };
    const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
    const access = `${encode({ typ: 'JWT', alg: 'RS256', kid: 'test' })}.${encode(claims)}.${'A'.repeat(342)}`;
    given.push(access);
    return [200, { token_type: 'Bearer', expires_in: state.life, ext_expires_in: state.life, access_token: access }];
  };

  /** What Microsoft's own libraries look at before they ask for a token. */
  const describe = (tenantId: string): Answer => {
    const base = `https://login.microsoftonline.com/${tenantId}`;
    const endpoints = {
      issuer: `${base}/v2.0`,
      authorization_endpoint: `${base}/oauth2/v2.0/authorize`,
      token_endpoint: `${base}/oauth2/v2.0/token`,
      jwks_uri: `${base}/discovery/v2.0/keys`,
    };
    return [200, endpoints];
  };

  const serve = async (request: IncomingMessage): Promise<Answer> => {
    const { pathname } = new URL(request.url ?? '', 'http://localhost');
    const [, asked = '', ...rest] = pathname.split('/');
    if (pathname === '/common/discovery/instance') {
      const names = ['login.microsoftonline.com'];
      const metadata = [{ preferred_network: names[0], preferred_cache: names[0], aliases: names }];
      const document = `https://login.microsoftonline.com/${tenant}/v2.0/.well-known/openid-configuration`;
      return [200, { tenant_discovery_endpoint: document, 'api-version': '1.1', metadata }];
    }
    if (rest.join('/') === 'v2.0/.well-known/openid-configuration') return describe(asked);
    if (request.method !== 'POST' || rest.join('/') !== 'oauth2/v2.0/token') return [404, {}];
    const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString();
    const trouble = troubles.shift();
    return trouble === undefined ? token(asked, Object.fromEntries(new URLSearchParams(body))) : [trouble, {}];
  };

  const server = createServer((request, response) => {
    serve(request).then(
      ([status, body]) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { readonly port: number };
  return Object.assign(state, {
    url: `http://127.0.0.1:${port}`,
    port,
    tenant,
    application,
    refreshToken,
    given,
    troubles,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  });
};
