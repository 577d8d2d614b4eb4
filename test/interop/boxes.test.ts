import { join } from 'node:path';
import { MemoryGrantStore } from '@triplicate/core';
import dropbox from '@triplicate/dest-dropbox';
import onedrive from '@triplicate/dest-onedrive';
import { describe } from 'vitest';
import { type Started, testNetworkReplica } from '../kit/network-replica.ts';
import { startDropbox } from '../servers/dropbox/server.ts';
import { type OAuthServer, startOAuthServer } from '../servers/oauth.ts';
import { driveId } from '../servers/onedrive/answers.ts';
import { startOnedrive } from '../servers/onedrive/server.ts';
import { noRclone } from '../servers/rclone.ts';
import { noTlsProxy, rcloneThrough, startTlsProxy, type TlsProxyOptions } from '../servers/tls-proxy.ts';

const missing = noRclone ?? noTlsProxy;
const clientId = 'the-id-of-an-app';

const grantOf = (oauth: OAuthServer) =>
  new MemoryGrantStore({
    version: 1,
    refreshToken: oauth.issueRefreshToken(),
    clientId,
    scope: '',
    granted: '2026-11-29T08:00:00Z',
  });

interface Box extends TlsProxyOptions {
  readonly oauth: OAuthServer;
  readonly server: AsyncDisposable & { readonly port: number };
  readonly remote: Readonly<Record<string, string>>;
  readonly raw: Started['raw'];
}

/** Stock restic comes to it through rclone, and that through a proxy that has the names of the provider. */
const started = async ({ folder, hosts, oauth, raw, remote, server }: Box): Promise<Started> => {
  const proxy = await startTlsProxy({ hosts, folder });
  const token = { access_token: 'none', refresh_token: oauth.issueRefreshToken(), expiry: '2026-01-01T00:00:00Z' };
  rcloneThrough({ proxy, folder, remote: { client_id: clientId, token: JSON.stringify(token), ...remote } });
  const program = `env HTTPS_PROXY=${proxy.env['HTTPS_PROXY']} rclone --config ${join(folder, 'rclone.conf')} --ca-cert ${proxy.ca}`;
  return {
    port: server.port,
    raw,
    secret: '',
    grants: grantOf(oauth),
    repository: 'rclone:judge:Backups/anna',
    resticArgs: ['-o', `rclone.program=${program}`],
    async [Symbol.asyncDispose]() {
      for (const one of [proxy, server, oauth]) await one[Symbol.asyncDispose]();
    },
  };
};

describe.skipIf(missing !== undefined)(`a replica in a Dropbox${missing === undefined ? '' : `: ${missing}`}`, () => {
  testNetworkReplica(
    dropbox,
    async (folder) => {
      const oauth = await startOAuthServer({ clientId });
      const server = await startDropbox({ oauth });
      const hosts = { 'api.dropboxapi.com': server.port, 'content.dropboxapi.com': server.port };
      const raw = (port: number) => ({ clientId, endpoint: `http://127.0.0.1:${port}`, folder: 'Backups' });
      return started({ folder, hosts, oauth, server, remote: { type: 'dropbox' }, raw });
    },
    { missing, prefix: 'anna' },
  );
});

describe.skipIf(missing !== undefined)(`a replica in a OneDrive${missing === undefined ? '' : `: ${missing}`}`, () => {
  testNetworkReplica(
    onedrive,
    async (folder) => {
      const oauth = await startOAuthServer({ clientId });
      const server = await startOnedrive({ oauth });
      server.now.refusesTokens = false;
      const names = ['graph.microsoft.com', 'login.microsoftonline.com', 'my.microsoftpersonalcontent.com'];
      const hosts = Object.fromEntries(names.map((name) => [name, server.port]));
      const remote = { type: 'onedrive', drive_id: driveId, drive_type: 'personal' };
      const raw = (port: number) => {
        const url = `http://127.0.0.1:${port}`;
        return { clientId, endpoint: `${url}/v1.0`, authority: `${url}/common`, access: 'drive', folder: 'Backups' };
      };
      return started({ folder, hosts, oauth, server, remote, raw });
    },
    { missing, prefix: 'anna' },
  );
});
