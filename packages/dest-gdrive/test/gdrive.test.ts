import { testDestination } from '@triplicate/conformance';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { type Google, openAt, startGoogle } from './kit.ts';

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
