import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AccessTokens } from '../../src/auth/access-tokens.ts';
import { type GrantStore, MemoryGrantStore } from '../../src/auth/grant-store.ts';
import { revokeGrant } from '../../src/auth/sign-out.ts';
import { FakeClock } from '../../src/testing/fake-clock.ts';
import { type OAuthServer, startOAuthServer } from '../../../../test/servers/oauth.ts';
import { grantOf, providerAt, quietLog } from './kit.ts';

const { signal } = new AbortController();
let server: OAuthServer;
let clock: FakeClock;
beforeEach(async () => {
  server = await startOAuthServer({ clientId: 'triplicate-test' });
  clock = new FakeClock();
});
afterEach(() => server[Symbol.asyncDispose]());

const log = quietLog();
const tokensOf = (store: GrantStore): AccessTokens =>
  new AccessTokens({
    provider: providerAt(server),
    client: { id: 'triplicate-test' },
    store,
    name: 'cloud',
    clock,
    log,
  });
const refreshes = (): number => server.requests.filter((line) => line === 'POST /token').length;

describe('access tokens', () => {
  it('are fetched once for all who ask, and again before they end', async () => {
    const tokens = tokensOf(new MemoryGrantStore(grantOf(server.issueRefreshToken())));
    const given = await Promise.all([1, 2, 3].map(() => tokens.accessToken({ signal })));
    expect(new Set(given).size).toBe(1);
    expect(server.accepts(`Bearer ${given[0]}`)).toBe(true);
    await clock.advance(58 * 60_000);
    expect(await tokens.accessToken({ signal })).toBe(given[0]);
    expect(refreshes()).toBe(1);
    await clock.advance(60_001);
    expect(await tokens.accessToken({ signal })).not.toBe(given[0]);
    expect(refreshes()).toBe(2);
  });

  it('are fetched again when the service refused one, once for all who saw it refused', async () => {
    const tokens = tokensOf(new MemoryGrantStore(grantOf(server.issueRefreshToken())));
    const refused = await tokens.accessToken({ signal });
    server.expireAccess();
    const [first, second] = await Promise.all([1, 2].map(() => tokens.accessToken({ signal, refused })));
    expect(first).not.toBe(refused);
    expect(second).toBe(first);
    expect(await tokens.accessToken({ signal, refused })).toBe(first);
    expect(refreshes()).toBe(2);
  });

  it('name the clock where a sign-in is refused and ours is wrong', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 2 * 3_600_000 });
    try {
      const refused = tokensOf(new MemoryGrantStore(grantOf('refresh-ended'))).accessToken({ signal });
      await expect(refused).rejects.toMatchObject({
        code: 'AUTH',
        message: expect.stringMatching(/not valid any more; the clock of this machine is 2 h behind/) as string,
        hint: expect.stringMatching(/^Set the clock.*If that is not it: sign in again/) as string,
      });
    } finally {
      vi.useRealTimers();
    }
  });

  it('keep what a provider that rotates gives, so that the next process can go on', async () => {
    server.options.rotate = true;
    const store = new MemoryGrantStore(grantOf(server.issueRefreshToken()));
    const first = (await store.read())?.refreshToken;
    await tokensOf(store).accessToken({ signal });
    const second = (await store.read())?.refreshToken;
    expect(second).not.toBe(first);
    // Three processes at once: each takes the refresh token that the one before left.
    await Promise.all([1, 2, 3].map(() => tokensOf(store).accessToken({ signal })));
    expect(refreshes()).toBe(4);
  });

  it('go on with a rotated sign-in that could not be kept, and warn', async () => {
    server.options.rotate = true;
    const store = new MemoryGrantStore(grantOf(server.issueRefreshToken()));
    store.write = () => Promise.reject(new Error('locked'));
    const tokens = tokensOf(store);
    const refused = await tokens.accessToken({ signal });
    expect(log.warnings.at(-1)).toContain('the renewed sign-in of "cloud" could not be kept');
    await expect(tokens.accessToken({ signal, refused })).resolves.toMatch(/^access-/);
  });

  it('say who has to sign in, and when the sign-in has ended', async () => {
    await expect(tokensOf(new MemoryGrantStore()).accessToken({ signal })).rejects.toMatchObject({
      code: 'AUTH',
      message: 'nobody has signed in to Example Drive for "cloud"',
      hint: 'Run `triplicate auth cloud`.',
    });
    await expect(tokensOf(new MemoryGrantStore(grantOf('gone'))).accessToken({ signal })).rejects.toMatchObject({
      code: 'AUTH',
      message: 'cannot renew the sign-in at Example Drive: the sign-in is not valid any more',
    });
    const foreign = grantOf(server.issueRefreshToken(), 'another application');
    await expect(tokensOf(new MemoryGrantStore(foreign)).accessToken({ signal })).rejects.toMatchObject({
      code: 'AUTH',
    });
    expect(refreshes()).toBe(1);
  });

  it('can be asked for again after trouble at the provider', async () => {
    const tokens = tokensOf(new MemoryGrantStore(grantOf(server.issueRefreshToken())));
    server.troubles.push({ status: 429, headers: { 'retry-after': '3' } }, { status: 500 });
    await expect(tokens.accessToken({ signal })).rejects.toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: 3000 });
    await expect(tokens.accessToken({ signal })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect(tokens.accessToken({ signal })).resolves.toMatch(/^access-/);
  });

  it('are UNAVAILABLE when nobody answers', async () => {
    const tokens = tokensOf(new MemoryGrantStore(grantOf()));
    await server[Symbol.asyncDispose]();
    await expect(tokens.accessToken({ signal })).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});

describe('taking a sign-in back', () => {
  const parts = () => ({ provider: providerAt(server), client: { id: 'triplicate-test' }, clock });

  it('ends it at the provider, and a second time is no mistake', async () => {
    const grant = grantOf(server.issueRefreshToken());
    const tokens = tokensOf(new MemoryGrantStore(grant));
    const given = await tokens.accessToken({ signal });
    expect(await revokeGrant(parts(), grant, signal)).toBeUndefined();
    expect(server.accepts(`Bearer ${given}`)).toBe(false);
    await expect(tokens.accessToken({ signal, refused: given })).rejects.toMatchObject({ code: 'AUTH' });
    expect(await revokeGrant(parts(), grant, signal)).toBeUndefined();
  });

  it('says where a person does it when the provider lets no program', async () => {
    const provider = providerAt(server, { revocation: { kind: 'page', url: 'https://example.org/consent' } });
    expect(await revokeGrant({ ...parts(), provider }, grantOf(), signal)).toBe('https://example.org/consent');
  });

  it('fails when the provider cannot be asked', async () => {
    server.troubles.push({ status: 503 });
    await expect(revokeGrant(parts(), grantOf(), signal)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});
