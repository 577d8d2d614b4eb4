import { afterEach, describe, expect, it } from 'vitest';
import { request } from 'node:http';
import { signIn, type SignInOptions } from '../../src/auth/sign-in.ts';
import { FakeClock } from '../../src/testing/fake-clock.ts';
import { type OAuthServer, type OAuthServerOptions, startOAuthServer } from '../../../../test/servers/oauth.ts';
import { browser, providerAt, talkOf } from './kit.ts';

const { signal } = new AbortController();
const clientId = 'triplicate-test';
let servers: OAuthServer[] = [];
const startServer = async (options: Partial<OAuthServerOptions> = {}): Promise<OAuthServer> => {
  const server = await startOAuthServer({ clientId, ...options });
  servers.push(server);
  return server;
};
afterEach(async () => {
  await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
  servers = [];
});

const optionsAt = (server: OAuthServer, changes: Partial<SignInOptions>): SignInOptions => ({
  provider: providerAt(server),
  client: { id: clientId },
  clock: new FakeClock(),
  method: 'browser',
  talk: talkOf({}),
  signal,
  ...changes,
});

/** Headers that `fetch` does not let one choose. */
const statusFor = (url: string, headers: Readonly<Record<string, string>>, method = 'GET'): Promise<number> =>
  new Promise((resolve, reject) => {
    request(url, { headers, method }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .once('error', reject)
      .end();
  });

describe('signing in with a browser', () => {
  it('ends with a grant, and with a page that says so and holds nothing of it', async () => {
    const server = await startServer();
    const person = browser();
    const grant = await signIn(optionsAt(server, { talk: talkOf(person) }));
    await person.loaded();
    expect(grant).toMatchObject({
      clientId,
      scope: 'https://example.org/auth/drive.file',
      granted: '2026-01-01T12:00:00.000Z',
    });
    expect(grant.refreshToken).toMatch(/^refresh-/);
    const [page] = person.pages;
    expect(page?.status).toBe(200);
    expect(page?.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\//);
    expect(page?.text).toContain('signed in to Example Drive');
    const code = new URL(page?.url ?? '').searchParams.get('code') ?? '';
    expect(code).toMatch(/^code-/);
    expect(page?.text).not.toContain(code);
    expect(page?.text).not.toMatch(/access-|refresh-|<script/);
    expect(page?.headers.get('cache-control')).toBe('no-store');
    expect(page?.headers.get('referrer-policy')).toBe('no-referrer');
  });

  it('sends the secret of an application that has one, and says when it is wrong', async () => {
    const server = await startServer({ clientSecret: 'opal' });
    const good = optionsAt(server, { client: { id: clientId, secret: 'opal' }, talk: talkOf(browser()) });
    await expect(signIn(good)).resolves.toMatchObject({ clientId });
    const person = browser();
    const bad = optionsAt(server, { client: { id: clientId, secret: 'ruby' }, talk: talkOf(person) });
    await expect(signIn(bad)).rejects.toMatchObject({
      code: 'AUTH',
      message: expect.stringContaining('does not know this application'),
    });
    await person.loaded();
    expect(person.pages[0]).toMatchObject({ status: 400, text: expect.stringContaining('It did not work') });
  });

  it('says when the person refuses, or unticks what is needed, or the provider gives nothing that lasts', async () => {
    const refusing = await startServer({ allow: false });
    await expect(signIn(optionsAt(refusing, { talk: talkOf(browser()) }))).rejects.toMatchObject({
      code: 'AUTH',
      message: 'cannot sign in to Example Drive: it was not allowed',
    });
    const unticked = await startServer({ allow: 'profile' });
    await expect(signIn(optionsAt(unticked, { talk: talkOf(browser()) }))).rejects.toMatchObject({
      code: 'AUTH',
      message: 'Example Drive was not allowed to give "https://example.org/auth/drive.file"',
    });
    const fleeting = await startServer({ refreshTokens: false });
    await expect(signIn(optionsAt(fleeting, { talk: talkOf(browser()) }))).rejects.toMatchObject({ code: 'AUTH' });
  });

  it('turns away what is not the answer to its question, and goes on waiting', async () => {
    const server = await startServer();
    const statuses: number[] = [];
    const person = browser();
    const browse = async (url: string): Promise<void> => {
      const redirect = new URL(url).searchParams.get('redirect_uri') ?? '';
      const state = new URL(url).searchParams.get('state') ?? '';
      const { host } = new URL(redirect);
      statuses.push(await statusFor(`${redirect}?code=stolen&state=guessed`, {}));
      statuses.push(await statusFor(`${redirect}?code=stolen`, {}));
      statuses.push(await statusFor(`${redirect}favicon.ico`, {}));
      statuses.push(await statusFor(`${redirect}?code=stolen&state=${state}`, { host: 'evil.example' }));
      statuses.push(await statusFor(`${redirect}?code=stolen&state=${state}`, { host }, 'POST'));
      await person.browse(url);
    };
    await expect(signIn(optionsAt(server, { talk: talkOf({ browse }) }))).resolves.toMatchObject({ clientId });
    expect(statuses).toEqual([400, 400, 404, 404, 404]);
  });

  it('takes one answer: a code that was stolen on its way back is worth nothing', async () => {
    const server = await startServer();
    const browse = async (url: string): Promise<void> => {
      const query = new URL(url).searchParams;
      // Somebody else's code, in an answer that knows our state: the verifier does not fit.
      const foreign = new URL(url);
      foreign.searchParams.set('code_challenge', 'A'.repeat(43));
      const redirected = await fetch(foreign, { redirect: 'manual' });
      void fetch(redirected.headers.get('location') ?? '').catch(() => undefined);
      expect(query.get('code_challenge')).toMatch(/^[\w-]{43}$/);
    };
    await expect(signIn(optionsAt(server, { talk: talkOf({ browse }) }))).rejects.toMatchObject({
      code: 'AUTH',
      context: { service: 'invalid_grant' },
    });
  });

  it('listens on this machine alone, and not any longer than it has to', async () => {
    const server = await startServer();
    let redirect = '';
    const person = browser();
    const browse = (url: string): Promise<void> => {
      redirect = new URL(url).searchParams.get('redirect_uri') ?? '';
      return person.browse(url);
    };
    await signIn(optionsAt(server, { talk: talkOf({ browse }) }));
    await person.loaded();
    await expect(fetch(redirect)).rejects.toThrow(/fetch failed/);
  });

  it('ends at once when it is interrupted', async () => {
    const server = await startServer();
    const stop = new AbortController();
    const waiting = signIn(
      optionsAt(server, { talk: talkOf({ browse: () => Promise.resolve(stop.abort()) }), signal: stop.signal }),
    );
    await expect(waiting).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('says that the provider is busy', async () => {
    const server = await startServer();
    const person = browser();
    const browse = async (url: string): Promise<void> => {
      const redirected = await fetch(url, { redirect: 'manual' });
      server.troubles.push({ status: 503, headers: { 'retry-after': '7' } });
      await person.browse(redirected.headers.get('location') ?? '');
    };
    await expect(signIn(optionsAt(server, { talk: talkOf({ browse }) }))).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      retryAfterMs: 7000,
    });
  });
});

describe('signing in with a device code', () => {
  it('shows the code, waits as it is told to, and ends with a grant', async () => {
    const server = await startServer({ pollsBefore: 3 });
    const clock = new FakeClock();
    const shown: unknown[] = [];
    const showCode = (device: unknown): Promise<void> => Promise.resolve(void shown.push(device));
    const begun = clock.now().getTime();
    const waiting = signIn(optionsAt(server, { clock, method: 'device', talk: talkOf({ showCode }) }));
    // Nobody waits for the clock while the server is asked, however long that takes.
    for (let i = 0; i < 4000 && server.requests.length < 5; i += 1) {
      if (clock.sleeping > 0) await clock.advance(1000);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await expect(waiting).resolves.toMatchObject({ clientId });
    expect(shown).toMatchObject([{ code: 'WDJB-MJHT', url: `${server.url}/device` }]);
    // 5 s, then "slow down": 10 s each.
    expect(clock.now().getTime() - begun).toBeGreaterThanOrEqual(35_000);
  });

  it('is not offered where the provider has none', async () => {
    const server = await startServer();
    const provider = providerAt(server, { deviceUrl: undefined });
    await expect(signIn(optionsAt(server, { provider, method: 'device' }))).rejects.toMatchObject({
      code: 'UNSUPPORTED',
    });
  });
});

describe('signing in by pasting', () => {
  const pasting = (answer: (url: string) => Promise<string>) => talkOf({ askForAnswer: ({ url }) => answer(url) });
  const addressAfter = async (url: string): Promise<string> =>
    (await fetch(url, { redirect: 'manual' })).headers.get('location') ?? '';

  it('takes the address of the page that could not be reached', async () => {
    const server = await startServer();
    const talk = pasting(async (url) => `  ${await addressAfter(url)}\n`);
    await expect(signIn(optionsAt(server, { method: 'paste', talk }))).resolves.toMatchObject({ clientId });
  });

  it('does not take the address of another question', async () => {
    const server = await startServer();
    const talk = pasting(async (url) => (await addressAfter(url)).replace(/state=[^&]+/, 'state=other'));
    await expect(signIn(optionsAt(server, { method: 'paste', talk }))).rejects.toMatchObject({
      code: 'AUTH',
    });
    expect(server.requests.filter((line) => line === 'POST /token')).toEqual([]);
  });

  it('takes a code where the provider shows one', async () => {
    const server = await startServer();
    const provider = providerAt(server, { paste: 'code', redirect: undefined });
    const talk = pasting(async (url) => {
      await (await fetch(url)).text();
      return server.shown.code ?? '';
    });
    await expect(signIn(optionsAt(server, { provider, method: 'paste', talk }))).resolves.toMatchObject({ clientId });
  });

  it('says what it wanted when it gets something else', async () => {
    const server = await startServer();
    const talk = pasting(() => Promise.resolve('what?'));
    await expect(signIn(optionsAt(server, { method: 'paste', talk }))).rejects.toMatchObject({
      code: 'AUTH',
      message: 'what was pasted is no address with a code in it',
    });
  });
});
