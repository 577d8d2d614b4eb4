import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { testDestination } from '@triplicate/conformance';
import { temporaryFolder, type TemporaryFolder } from '@triplicate/core/testing';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { noApache, startApache } from '../../../test/servers/apache.ts';
import { noNginx, startNginx, type WebServer } from '../../../test/servers/nginx.ts';
import { noRclone, startRclone } from '../../../test/servers/rclone.ts';
import { webUser } from '../../../test/servers/web-user.ts';
import { openWith } from './kit.ts';

const servers = [
  { name: 'rclone', missing: noRclone, start: (folder: string) => startRclone('webdav', { folder, user: webUser }) },
  { name: 'nginx', missing: noNginx, start: startNginx },
  { name: 'Apache', missing: noApache, start: startApache },
] as const;

for (const { missing, name, start } of servers) {
  describe.skipIf(missing !== undefined)(`with ${name}${missing === undefined ? '' : `: ${missing}`}`, () => {
    let folder: TemporaryFolder;
    let server: WebServer;
    beforeAll(async () => {
      folder = await temporaryFolder();
      mkdirSync(join(folder.path, 'served'));
      if (missing === undefined) server = await start(join(folder.path, 'served'));
    });
    afterAll(async () => {
      for (const one of [server, folder]) await one?.[Symbol.asyncDispose]();
    });

    const { password, username } = webUser;
    const open = (more: Record<string, unknown> = {}, secret: string = password) => {
      const raw = { url: `http://127.0.0.1:${server.port}/backup`, username, password: { env: 'SECRET' }, ...more };
      return openWith(raw, { folder: folder.path, secret });
    };
    testDestination({ describe, it }, 'webdav', () => open(), {
      secrets: [password],
      refusals: [
        { what: 'a wrong password', code: 'AUTH', open: () => open({}, 'wrong') },
        { what: 'a host that does not answer', code: 'UNAVAILABLE', open: () => open({ url: 'http://127.0.0.1:9' }) },
      ],
    });
  });
}
