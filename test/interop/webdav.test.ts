import { join } from 'node:path';
import webdav from '@triplicate/dest-webdav';
import { describe } from 'vitest';
import { testNetworkReplica } from '../kit/network-replica.ts';
import { noApache, startApache } from '../servers/apache.ts';
import { noNginx, startNginx } from '../servers/nginx.ts';
import { webUser } from '../servers/web-user.ts';

const servers = [
  { name: 'nginx', missing: noNginx, start: startNginx },
  { name: 'Apache', missing: noApache, start: startApache },
] as const;

for (const { missing, name, start } of servers) {
  describe.skipIf(missing !== undefined)(
    `a replica on the WebDAV server of ${name}${missing === undefined ? '' : `: ${missing}`}`,
    () => {
      const { password, username } = webUser;
      testNetworkReplica(
        webdav,
        async (folder) => {
          const server = await start(folder);
          return {
            port: server.port,
            secret: password,
            raw: (port) => ({ url: `http://127.0.0.1:${port}/backups`, username, password: { env: 'SECRET' } }),
            // Stock restic speaks no WebDAV: it reads the folder that is served.
            repository: join(folder, 'backups/anna'),
            [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
          };
        },
        { missing, prefix: 'anna' },
      );
    },
  );
}
