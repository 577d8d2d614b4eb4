import { createHash } from 'node:crypto';
import { testDestination, type Runner } from '@triplicate/conformance';
import { bodyOf, collect } from '@triplicate/core';
import { seededBytes, seededRandom, temporaryFolder, type TemporaryFolder } from '@triplicate/core/testing';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noRclone, type RcloneServer, rcloneUser, startRclone } from '../../../test/servers/rclone.ts';
import { noSshd } from '../../../test/servers/sshd.ts';
import { openWith, signal } from './kit.ts';

const missing = noRclone ?? noSshd;
let folder: TemporaryFolder;
const servers: RcloneServer[] = [];

beforeAll(async () => {
  folder = await temporaryFolder();
  if (missing !== undefined) return;
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder.path, 'host')]);
  for (const mode of ['off', 'writes']) {
    mkdirSync(join(folder.path, mode));
    const flags = [
      '--key',
      join(folder.path, 'host'),
      '--vfs-cache-mode',
      mode,
      '--cache-dir',
      join(folder.path, 'cache'),
    ];
    servers.push(
      await startRclone('sftp', {
        folder: join(folder.path, mode),
        user: rcloneUser,
        flags: [...flags, '--dir-cache-time', '0s'],
      }),
    );
  }
});
afterAll(async () => {
  for (const one of [...servers, folder]) await one?.[Symbol.asyncDispose]();
});

const fingerprint = (): string => {
  const key = Buffer.from(readFileSync(join(folder.path, 'host.pub'), 'utf8').split(' ')[1] ?? '', 'base64');
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace('=', '')}`;
};

const open = (server: RcloneServer | undefined, secret: string = rcloneUser.password) =>
  openWith(
    {
      host: '127.0.0.1',
      port: server?.port,
      user: rcloneUser.username,
      password: { env: 'SECRET' },
      fingerprint: fingerprint(),
      path: 'backup',
    },
    { folder: folder.path, secret },
  );

describe.skipIf(missing !== undefined)(`with rclone${missing === undefined ? '' : `: ${missing}`}`, () => {
  // rclone exchanges the bytes under a handle that is open: a reader may see parts of both. docs/destinations/sftp.md says so.
  const define: Runner['it'] = it;
  const unless: Runner['it'] = (name, run) =>
    define(name, async (context) => {
      if (name.includes('never a mixture')) context.skip("rclone's server shows parts of both");
      await run(context);
    });
  testDestination({ describe, it: unless }, 'sftp', () => open(servers[1]), {
    secrets: [rcloneUser.password],
    refusals: [{ what: 'a wrong password', code: 'AUTH', open: () => open(servers[1], 'wrong') }],
  });

  it('writes in order once the server has refused to be written to in any other way', async () => {
    await using destination = await open(servers[0]);
    const content = seededBytes(seededRandom(9), 300_000);
    for (const key of ['first', 'second']) await destination.put(key, bodyOf(content), { signal });
    for (const key of ['first', 'second']) {
      expect((await collect(destination.get(key, { signal }))).equals(content)).toBe(true);
    }
    expect(readdirSync(join(folder.path, 'off', 'backup')).toSorted()).toEqual(['first', 'second']);
  });

  it('claims no atomic write where nothing is, and looks first', async () => {
    await using destination = await open(servers[0]);
    expect(destination.capabilities.conditionalPut).toBe(false);
    await destination.put('config', bodyOf(Buffer.from('one')), { signal, ifAbsent: true });
    const again = destination.put('config', bodyOf(Buffer.from('two')), { signal, ifAbsent: true });
    await expect(again).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    expect((await collect(destination.get('config', { signal }))).toString()).toBe('one');
  });
});
