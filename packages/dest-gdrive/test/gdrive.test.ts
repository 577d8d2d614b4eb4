import { testDestination } from '@triplicate/conformance';
import { type Destination, MemoryGrantStore } from '@triplicate/core';
import { afterAll, beforeAll, describe, it } from 'vitest';
import plugin from '../src/index.ts';
import { contextFor, type Google, openAt, startGoogle } from './kit.ts';

let google: Google;
beforeAll(async () => {
  google = await startGoogle({ mostOnPage: 100 });
});
afterAll(() => google[Symbol.asyncDispose]());

describe('with a drive as documented', () => {
  testDestination({ describe, it }, 'gdrive', () => openAt(google, { chunkSize: '1MiB', listLag: '20s' }), {
    refusals: [
      {
        what: 'a sign-in that was taken back',
        code: 'AUTH',
        open: () => openAt(google, {}, { refreshToken: 'revoked' }),
      },
    ],
  });
});

/**
 * The same against Google itself, where the environment holds an account for it: TRIPLICATE_TEST_GDRIVE is JSON with `refreshToken`, `clientId`
 * and `clientSecret` of an application, or with the `serviceAccount` key file as an object, and `options` of the destination.
 */
const account = process.env['TRIPLICATE_TEST_GDRIVE'];

const openReal = (): Promise<Destination> => {
  const { clientId, clientSecret, options, refreshToken, serviceAccount } = JSON.parse(account ?? '{}') as RealAccount;
  const secret = serviceAccount === undefined ? clientSecret : JSON.stringify(serviceAccount);
  const how =
    serviceAccount === undefined
      ? { clientId, clientSecret: { env: 'SECRET' } }
      : { serviceAccount: { env: 'SECRET' } };
  const parsed = plugin.options.parse({ folder: 'Triplicate test', ...options, ...how });
  const grants = new MemoryGrantStore({
    version: 1,
    refreshToken: refreshToken ?? '-',
    clientId: clientId ?? '-',
    scope: '',
    granted: '',
  });
  const context = { ...contextFor(google, secret === undefined ? {} : { secret }), grants };
  return plugin.open(parsed, context);
};

interface RealAccount {
  readonly clientId?: string;
  readonly clientSecret?: string;
  readonly refreshToken?: string;
  readonly serviceAccount?: Readonly<Record<string, unknown>>;
  readonly options?: Readonly<Record<string, unknown>>;
}

describe.skipIf(account === undefined)('with an account at Google (skipped without TRIPLICATE_TEST_GDRIVE)', () => {
  testDestination({ describe, it }, 'gdrive', openReal);
});
