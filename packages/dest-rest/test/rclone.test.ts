import { testDestination } from '@triplicate/conformance';
import { temporaryFolder, type TemporaryFolder } from '@triplicate/core/testing';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { noRclone, type RcloneServer, rcloneUser, startRclone } from '../../../test/servers/rclone.ts';
import { openWith } from './kit.ts';

let folder: TemporaryFolder;
let server: RcloneServer;

beforeAll(async () => {
  folder = await temporaryFolder();
  for (const name of ['http', 'stdio']) mkdirSync(join(folder.path, name));
  if (noRclone !== undefined) return;
  server = await startRclone('restic', {
    folder: join(folder.path, 'http'),
    user: rcloneUser,
    flags: ['--cache-objects=false'],
  });
});
afterAll(async () => {
  for (const one of [server, folder]) await one?.[Symbol.asyncDispose]();
});

const { password, username } = rcloneUser;
const overHttp = (more: Record<string, unknown> = {}, secret: string = password) =>
  openWith(
    { url: `http://127.0.0.1:${server.port}`, username, password: { env: 'SECRET' }, ...more },
    { folder: folder.path, secret },
  );
const overStdio = (more: Record<string, unknown> = {}) =>
  openWith({ remote: join(folder.path, 'stdio'), listLag: '0s', ...more }, { folder: folder.path });

describe.skipIf(noRclone !== undefined)(`with rclone${noRclone === undefined ? '' : `: ${noRclone}`}`, () => {
  testDestination({ describe, it }, 'rest over HTTP', () => overHttp(), {
    secrets: [password],
    refusals: [
      { what: 'a wrong password', code: 'AUTH', open: () => overHttp({}, 'wrong') },
      {
        what: 'no password',
        code: 'AUTH',
        open: () => openWith({ url: `http://127.0.0.1:${server.port}/` }, { folder: folder.path }),
      },
      { what: 'a host that does not answer', code: 'UNAVAILABLE', open: () => overHttp({ url: 'http://127.0.0.1:9' }) },
    ],
  });

  testDestination({ describe, it }, 'rest over stdio', () => overStdio(), {
    refusals: [
      { what: 'a remote that is not set up', code: 'CONFIG_INVALID', open: () => overStdio({ remote: 'nowhere:x' }) },
      {
        what: 'a program that is not there',
        code: 'CONFIG_INVALID',
        open: () => overStdio({ program: 'no-such-rclone' }),
      },
    ],
  });
});
