import { execFileSync, spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bodyOf, collect } from '@triplicate/core';
import { seededBytes, seededRandom, temporaryFolder, type TemporaryFolder } from '@triplicate/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startProxy } from '../../../test/servers/proxy.ts';
import { noSshd, type SshServer, startSshd } from '../../../test/servers/sshd.ts';
import { openWith, signal } from './kit.ts';

let folder: TemporaryFolder;
let server: SshServer;

beforeAll(async () => {
  folder = await temporaryFolder();
  if (noSshd === undefined) server = await startSshd();
});
afterAll(async () => {
  for (const one of [server, folder]) await one?.[Symbol.asyncDispose]();
});

const at = (name: string): string => join(folder.path, name);
const base = () => ({ host: '127.0.0.1', port: server.port, user: server.user, path: at('backup') });
const open = (more: Record<string, unknown>, secret?: string) =>
  openWith({ ...base(), ...more }, { folder: folder.path, ...(secret === undefined ? {} : { secret }) });

const knownHosts = async (name: string, text: string): Promise<string> => {
  await writeFile(at(name), text);
  return at(name);
};

describe.skipIf(noSshd !== undefined)(`logging in${noSshd === undefined ? '' : `: ${noSshd}`}`, () => {
  it('goes on where the key of the host is known, by its name, by a hash of it, or by its fingerprint', async () => {
    const text = await readFile(server.knownHosts, 'utf8');
    const hashed = await knownHosts('hashed', text);
    execFileSync('ssh-keygen', ['-q', '-H', '-f', hashed], { stdio: 'ignore' });
    expect(await readFile(hashed, 'utf8')).toMatch(/^\|1\|/);
    for (const more of [
      { knownHosts: server.knownHosts },
      { knownHosts: hashed },
      { fingerprint: server.fingerprint },
      // Of a key that the server shows only to whoever does not take its first.
      { fingerprint: server.rsaFingerprint },
      { knownHosts: server.rsaKnownHosts },
    ]) {
      await using destination = await open({ key: server.key, ...more });
      expect(await destination.stat('config', { signal })).toBeUndefined();
      expect(destination.label).toBe(`sftp://${server.user}@127.0.0.1:${server.port}${at('backup')}`);
    }
  });

  it('is refused by us, before anything is told, where another key is known or none', async () => {
    const stranger = await readFile(`${server.strangerKey}.pub`, 'utf8');
    const own = (await readFile(server.knownHosts, 'utf8')).replace(/^\S+ /, '');
    const host = `[127.0.0.1]:${server.port}`;
    const wrong = await knownHosts('wrong', `${host} ${stranger}`);
    const none = await knownHosts('none', `127.0.0.1 ${own}`);
    const revoked = await knownHosts('revoked', `@revoked ${host} ${own}`);
    const other = `SHA256:${'A'.repeat(43)}`;
    const cases = [
      [{ knownHosts: wrong }, 'is not the known one, but ssh-ed25519 SHA256:'],
      [{ knownHosts: none }, 'is not known: ssh-ed25519 SHA256:'],
      [{ knownHosts: revoked }, 'was revoked'],
      [{ fingerprint: other }, 'is not the one that is configured, but ssh-ed25519 SHA256:'],
    ] as const;
    for (const [more, words] of cases) {
      const message = expect.stringContaining(words) as string;
      await expect(open({ key: server.key, ...more })).rejects.toMatchObject({ code: 'AUTH', message });
    }
    await expect(open({ key: server.strangerKey, fingerprint: server.rsaFingerprint })).rejects.toMatchObject({
      code: 'AUTH',
      message: expect.stringContaining('lets nobody in') as string,
    });
    await expect(open({ key: server.key, knownHosts: 'nowhere' })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });

  it('is told at once that a file stands where the folder should be', async () => {
    const { fingerprint, key } = server;
    await expect(open({ fingerprint, key, path: key })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      hint: 'Name a folder as "path".',
    });
  });

  it('takes a key with a passphrase, and an agent', async () => {
    const { fingerprint, lockedKey: key, passphrase } = server;
    await using first = await open({ fingerprint, key, passphrase: { env: 'SECRET' } }, passphrase);
    expect(await first.stat('config', { signal })).toBeUndefined();
    await expect(open({ fingerprint, key })).rejects.toMatchObject({ code: 'AUTH' });
    await expect(open({ fingerprint, key, passphrase: { env: 'SECRET' } }, 'wrong')).rejects.toMatchObject({
      code: 'AUTH',
    });
    const socket = at('agent');
    const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'ignore'] });
    try {
      await new Promise((resolve) => agent.stdout.once('data', resolve));
      execFileSync('ssh-add', ['-q', server.key], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
      await using second = await open({ fingerprint, agent: { env: 'SSH_AUTH_SOCK' } }, socket);
      expect(await second.stat('config', { signal })).toBeUndefined();
    } finally {
      agent.kill();
    }
    await expect(open({ fingerprint, agent: at('nobody') })).rejects.toMatchObject({
      code: expect.stringMatching(/AUTH|CONFIG_INVALID/) as string,
    });
  });

  it('is done again when the connection was cut, and says so of the call that was under way', async () => {
    await using proxy = await startProxy({
      port: server.port,
      plan: (n) => (n === 1 ? { cutUpAfter: 200_000 } : undefined),
    });
    await using destination = await open({ key: server.key, fingerprint: server.fingerprint, port: proxy.port });
    const content = seededBytes(seededRandom(4), 900_000);
    const put = destination.put('data/object', bodyOf(content), { signal });
    await expect(put).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    await destination.put('data/object', bodyOf(content), { signal });
    expect((await collect(destination.get('data/object', { signal }))).equals(content)).toBe(true);
    expect(proxy.connections()).toBe(2);
  });
});

describe.skipIf(noSshd !== undefined)('the room at the server', () => {
  it('is told', async () => {
    await using destination = await open({ key: server.key, fingerprint: server.fingerprint, path: folder.path });
    const space = await destination.space?.({ signal });
    expect(space?.freeBytes).toBeGreaterThan(0);
    expect(space?.totalBytes).toBeGreaterThanOrEqual(space?.freeBytes ?? 0);
  });
});
