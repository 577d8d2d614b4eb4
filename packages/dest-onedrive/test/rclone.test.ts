import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bodyOf, collect } from '@triplicate/core';
import { seededBytes, seededRandom, temporaryFolder, type TemporaryFolder } from '@triplicate/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OAuthServer, startOAuthServer } from '../../../test/servers/oauth.ts';
import { driveId } from '../../../test/servers/onedrive/answers.ts';
import { type OnedriveServer, startOnedrive } from '../../../test/servers/onedrive/server.ts';
import { noRclone } from '../../../test/servers/rclone.ts';
import { noTlsProxy, rcloneThrough, startTlsProxy, type TlsProxy } from '../../../test/servers/tls-proxy.ts';
import { addresses, clientId, grantsOf, openWith, signal } from './kit.ts';

const missing = noRclone ?? noTlsProxy;
let folder: TemporaryFolder;
let oauth: OAuthServer;
let server: OnedriveServer;
let proxy: TlsProxy;
let rclone: ReturnType<typeof rcloneThrough>;

beforeAll(async () => {
  folder = await temporaryFolder();
  oauth = await startOAuthServer({ clientId, rotate: true });
  server = await startOnedrive({ oauth });
  Object.assign(server.now, { mostEntries: 7, refusesTokens: false });
  if (missing !== undefined) return;
  const names = ['graph.microsoft.com', 'login.microsoftonline.com', 'my.microsoftpersonalcontent.com'];
  const hosts = Object.fromEntries(names.map((name) => [name, server.port]));
  proxy = await startTlsProxy({ hosts, folder: folder.path });
  const token = {
    access_token: 'of-no-use-any-more',
    token_type: 'Bearer',
    refresh_token: oauth.issueRefreshToken(),
    expiry: '2026-01-01T00:00:00Z',
  };
  const account = { client_id: clientId, token: JSON.stringify(token) };
  const remote = { type: 'onedrive', drive_id: driveId, drive_type: 'personal', ...account };
  rclone = rcloneThrough({ proxy, folder: folder.path, remote });
});
afterAll(async () => {
  for (const one of [proxy, server, oauth, folder]) await one?.[Symbol.asyncDispose]();
});

const at = (name: string): string => join(folder.path, name);
const sizes = [0, 1, 100_000, 320 * 1024, 10 * 2 ** 20 + 1, 20_000_000];

describe.skipIf(missing !== undefined)(`rclone judges the server${missing === undefined ? '' : `: ${missing}`}`, () => {
  it('signs in again, uploads in sessions and at once, lists page by page, checks the hashes and downloads', async () => {
    mkdirSync(at('up/Deep/er'), { recursive: true });
    for (const size of sizes) writeFileSync(at(`up/Deep/${size}`), seededBytes(seededRandom(size + 1), size));
    for (let i = 0; i < 12; i += 1) writeFileSync(at(`up/Deep/er/${i} ä'.txt`), String(i));
    await rclone('copy', at('up'), 'judge:Up', '--onedrive-chunk-size', '5Mi');
    await rclone('check', at('up'), 'judge:up');
    expect(JSON.parse(await rclone('lsjson', '-R', '--files-only', 'judge:UP'))).toHaveLength(sizes.length + 12);
    await rclone('copy', 'judge:up', at('down'));
    expect(readdirSync(at('down/Deep/er'))).toHaveLength(12);
    for (const size of sizes) {
      expect(readFileSync(at(`down/Deep/${size}`)).equals(readFileSync(at(`up/Deep/${size}`)))).toBe(true);
    }
    expect(server.sessions.open).toBe(0);
    expect(proxy.asked.filter((host) => !host.includes('microsoft'))).toEqual([]);
  });

  it('reads parts, sees the room, replaces, and deletes files and folders', async () => {
    writeFileSync(at('one'), 'one and two');
    await rclone('copyto', at('one'), 'judge:x/one');
    expect(await rclone('cat', '--offset', '4', '--count', '3', 'judge:x/one')).toBe('and');
    writeFileSync(at('one'), 'three');
    await rclone('copyto', at('one'), 'judge:x/one');
    expect(await rclone('cat', 'judge:x/one')).toBe('three');
    expect(JSON.parse(await rclone('about', '--json', 'judge:'))).toMatchObject({ total: 5 * 2 ** 30 });
    await rclone('deletefile', 'judge:x/one');
    await rclone('purge', 'judge:up');
    expect(JSON.parse(await rclone('lsjson', '-R', 'judge:'))).toMatchObject([{ Path: 'x', IsDir: true }]);
  });

  it('reads what we wrote, with the hash that it computes itself, and we read what it wrote', async () => {
    const raw = { ...addresses(server.url), access: 'drive', folder: 'Ours', partSize: '3200KiB' };
    await using destination = await openWith(raw, grantsOf(oauth.issueRefreshToken()));
    const content = seededBytes(seededRandom(5), 9_000_001);
    await destination.put('data/00/ours', bodyOf(content), { signal });
    await rclone('copyto', 'judge:Ours/data/00/ours', at('ours'));
    expect(readFileSync(at('ours')).equals(content)).toBe(true);
    writeFileSync(at('theirs'), content);
    await rclone('copyto', at('theirs'), 'judge:Ours/data/00/theirs');
    expect((await collect(destination.get('data/00/theirs', { signal }))).equals(content)).toBe(true);
    const listed = await Array.fromAsync(destination.list('data/', { signal }));
    expect(listed.map(({ key }) => key).toSorted()).toEqual(['data/00/ours', 'data/00/theirs']);
  });
});
