import { testDestination } from '@triplicate/conformance';
import { bodyOf } from '@triplicate/core';
import { temporaryFolder, type TemporaryFolder } from '@triplicate/core/testing';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noSshd, type SshServer, startSshd } from '../../../test/servers/sshd.ts';
import { openWith } from './kit.ts';

let folder: TemporaryFolder;
let server: SshServer;

beforeAll(async () => {
  folder = await temporaryFolder();
  if (noSshd === undefined) server = await startSshd();
});
afterAll(async () => {
  for (const one of [server, folder]) await one?.[Symbol.asyncDispose]();
});

const open = (more: Record<string, unknown> = {}, secret?: string) => {
  const { key, knownHosts, port, user } = server;
  const raw = { host: '127.0.0.1', port, user, key, knownHosts, path: join(folder.path, 'backup'), ...more };
  return openWith(raw, { folder: folder.path, ...(secret === undefined ? {} : { secret }) });
};

describe.skipIf(noSshd !== undefined)(`with OpenSSH${noSshd === undefined ? '' : `: ${noSshd}`}`, () => {
  testDestination({ describe, it }, 'sftp', () => open(), {
    refusals: [
      { what: 'a key that is not let in', code: 'AUTH', open: () => open({ key: server.strangerKey }) },
      {
        what: 'a host that does not answer',
        code: 'UNAVAILABLE',
        open: () => open({ port: 9, fingerprint: server.fingerprint }),
      },
    ],
  });

  it.skipIf(process.platform !== 'linux')('ends where a folder is that takes no other, and names it', async () => {
    await using destination = await open({ path: '/proc/1/backup' });
    const put = destination.put('data/00/x', bodyOf(Buffer.from('x')), { signal: AbortSignal.timeout(30_000) });
    const message = expect.stringContaining('"/proc/1/backup"') as string;
    await expect(put).rejects.toMatchObject({ code: 'IO', retryable: false, message });
  });
});
