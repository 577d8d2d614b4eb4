import { testDestination } from '@triplicate/conformance';
import { afterAll, describe, it } from 'vitest';
import { freePort } from '../../../test/servers/bounded.ts';
import { startOnedrive } from '../../../test/servers/onedrive/server.ts';
import { startOAuthServer } from '../../../test/servers/oauth.ts';
import { addresses, clientId, grantsOf, openWith } from './kit.ts';

// Known before the checks are registered, which look for them in all that the plugin says.
const oauth = await startOAuthServer({ clientId });
const server = await startOnedrive({ oauth });
const refreshToken = oauth.issueRefreshToken();
const closed = await freePort();
afterAll(async () => {
  for (const one of [server, oauth]) await one[Symbol.asyncDispose]();
});

/** With small parts, so that what is large for the checks is sent in several. */
const open = (more: Record<string, unknown> = {}, grants = grantsOf(refreshToken)) =>
  openWith({ ...addresses(server.url), folder: 'Backups/Family', partSize: '1600KiB', listLag: '0s', ...more }, grants);

describe('with a server that does as OneDrive does', () => {
  testDestination({ describe, it }, 'onedrive', () => open(), {
    secrets: [refreshToken],
    refusals: [
      { what: 'somebody who has not signed in', code: 'AUTH', open: () => open({}, grantsOf()) },
      { what: 'a sign-in that was taken back', code: 'AUTH', open: () => open({}, grantsOf('refresh-gone')) },
      { what: 'a sign-in of another application', code: 'AUTH', open: () => open({ clientId: 'another' }) },
      {
        what: 'a host that does not answer',
        code: 'UNAVAILABLE',
        open: () => open(addresses(`http://127.0.0.1:${closed}`)),
      },
    ],
  });
});
