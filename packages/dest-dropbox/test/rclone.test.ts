import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bodyOf, collect } from '@triplicate/core';
import { seededBytes, seededRandom, temporaryFolder, type TemporaryFolder } from '@triplicate/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DropboxServer, startDropbox } from '../../../test/servers/dropbox/server.ts';
import { type OAuthServer, startOAuthServer } from '../../../test/servers/oauth.ts';
import { noRclone } from '../../../test/servers/rclone.ts';
import { noTlsProxy, rcloneThrough, startTlsProxy, type TlsProxy } from '../../../test/servers/tls-proxy.ts';
import { clientId, grantsOf, openWith, signal } from './kit.ts';

const missing = noRclone ?? noTlsProxy;
let folder: TemporaryFolder;
let oauth: OAuthServer;
let server: DropboxServer;
let proxy: TlsProxy;
let rclone: ReturnType<typeof rcloneThrough>;

beforeAll(async () => {
  folder = await temporaryFolder();
  oauth = await startOAuthServer({ clientId });
  server = await startDropbox({ oauth, mostEntries: 7 });
  if (missing !== undefined) return;
  const hosts = { 'api.dropboxapi.com': server.port, 'content.dropboxapi.com': server.port };
  proxy = await startTlsProxy({ hosts, folder: folder.path });
  const token = {
    access_token: 'of-no-use-any-more',
    token_type: 'bearer',
    refresh_token: oauth.issueRefreshToken(),
    expiry: '2026-01-01T00:00:00Z',
  };
  const remote = { type: 'dropbox', client_id: clientId, token: JSON.stringify(token) };
  rclone = rcloneThrough({ proxy, folder: folder.path, remote });
});
afterAll(async () => {
  for (const one of [proxy, server, oauth, folder]) await one?.[Symbol.asyncDispose]();
});

const at = (name: string): string => join(folder.path, name);
const sizes = [0, 1, 100_000, 4 * 2 ** 20, 4 * 2 ** 20 + 1, 20_000_000];

describe.skipIf(missing !== undefined)(`rclone judges the server${missing === undefined ? '' : `: ${missing}`}`, () => {
  it('signs in again, uploads in sessions and at once, lists page by page, checks the hashes and downloads', async () => {
    mkdirSync(at('up/Deep/er'), { recursive: true });
    for (const size of sizes) writeFileSync(at(`up/Deep/${size}`), seededBytes(seededRandom(size + 1), size));
    for (let i = 0; i < 20; i += 1) writeFileSync(at(`up/Deep/er/${i} ä'.txt`), String(i));
    await rclone('copy', at('up'), 'judge:Up', '--dropbox-chunk-size', '5Mi');
    await rclone('check', at('up'), 'judge:up');
    expect(JSON.parse(await rclone('lsjson', '-R', '--files-only', 'judge:UP'))).toHaveLength(sizes.length + 20);
    await rclone('copy', 'judge:up', at('down'));
    expect(readdirSync(at('down/Deep/er'))).toHaveLength(20);
    for (const size of sizes) {
      expect(readFileSync(at(`down/Deep/${size}`)).equals(readFileSync(at(`up/Deep/${size}`)))).toBe(true);
    }
    expect(proxy.asked.filter((host) => !host.endsWith('.dropboxapi.com'))).toEqual([]);
  });

  it('reads parts, sees the room, replaces, and deletes files and folders', async () => {
    writeFileSync(at('one'), 'one and two');
    await rclone('copyto', at('one'), 'judge:x/one');
    expect(await rclone('cat', '--offset', '4', '--count', '3', 'judge:x/one')).toBe('and');
    writeFileSync(at('one'), 'three');
    await rclone('copyto', at('one'), 'judge:x/one');
    expect(await rclone('cat', 'judge:x/one')).toBe('three');
    expect(JSON.parse(await rclone('about', '--json', 'judge:'))).toMatchObject({ total: 2 * 2 ** 30 });
    await rclone('deletefile', 'judge:x/one');
    await rclone('purge', 'judge:up');
    expect(JSON.parse(await rclone('lsjson', '-R', 'judge:'))).toMatchObject([{ Path: 'x', IsDir: true }]);
  });

  it('reads what we wrote, with the hash that it computes itself, and we read what it wrote', async () => {
    const grants = grantsOf(oauth.issueRefreshToken());
    await using destination = await openWith({ endpoint: server.url, folder: 'Ours', partSize: '4MiB' }, grants);
    const content = seededBytes(seededRandom(5), 9_000_001);
    await destination.put('data/00/ours', bodyOf(content), { signal });
    await rclone('copyto', 'judge:Ours/data/00/ours', at('ours'));
    expect(readFileSync(at('ours')).equals(content)).toBe(true);
    writeFileSync(at('theirs'), content);
    await rclone('copyto', at('theirs'), 'judge:Ours/data/00/theirs');
    const read = await collect(destination.get('data/00/theirs', { signal }));
    expect(createHash('sha256').update(read).digest('hex')).toBe(createHash('sha256').update(content).digest('hex'));
    const listed = await Array.fromAsync(destination.list('data/', { signal }));
    expect(listed.map(({ key }) => key).toSorted()).toEqual(['data/00/ours', 'data/00/theirs']);
  });
});
