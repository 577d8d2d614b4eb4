/** The server that stands in for Google Drive, judged by a client that was written against the real one: rclone, as it is. */
import { setTimeout as sleep } from 'node:timers/promises';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { seededBytes, seededRandom, temporaryFolder, type TemporaryFolder } from '@triplicate/core/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DriveServer, startDriveServer } from '../servers/google-drive/server.ts';
import { noRclone } from '../servers/rclone.ts';
import { noTlsProxy, startTlsProxy, type TlsProxy } from '../servers/tls-proxy.ts';

const missing = noRclone ?? noTlsProxy;
let server: DriveServer;
let proxy: TlsProxy;
let folder: TemporaryFolder;

beforeAll(async () => {
  if (missing !== undefined) return;
  server = await startDriveServer({ accepts: (authorization) => authorization === 'Bearer judge' });
  folder = await temporaryFolder();
  proxy = await startTlsProxy({ hosts: { 'www.googleapis.com': server.port }, folder: folder.path });
  const token = JSON.stringify({ access_token: 'judge', token_type: 'Bearer', expiry: '2100-01-01T00:00:00Z' });
  const remote = `type = drive\nscope = drive\nclient_id = x\nclient_secret = y\ntoken = ${token}\n`;
  await writeFile(at('rclone.conf'), `[gd]\n${remote}\n[family]\n${remote}team_drive = ${server.store.sharedId}\n`);
});
afterAll(async () => {
  for (const one of [proxy, server, folder]) await one?.[Symbol.asyncDispose]();
});
beforeEach(() => (server.requests as string[]).splice(0));

const at = (name: string): string => join(folder.path, name);

const rclone = async (...args: readonly string[]): Promise<string> => {
  // Its own pause between requests is a second at first.
  const fast = ['--drive-pacer-min-sleep', '1ms', '--low-level-retries', '10', '--retries', '1'];
  const all = ['--config', at('rclone.conf'), '--ca-cert', proxy.ca, '--cache-dir', at('cache'), ...fast, ...args];
  const env = { ...process.env, ...proxy.env, HOME: folder.path };
  return (await promisify(execFile)('rclone', all, { env, timeout: 30_000 })).stdout;
};
const seen = (pattern: RegExp): readonly string[] => server.requests.filter((line) => pattern.test(line));

describe.skipIf(missing !== undefined)(`rclone${missing === undefined ? '' : `: ${missing}`}`, () => {
  const large = seededBytes(seededRandom(1), 20_000_000);
  const small = seededBytes(seededRandom(2), 70_000);

  it('uploads at once and in chunks, and finds the checksums right', async () => {
    await writeFile(at('large'), large);
    await writeFile(at('small'), small);
    await rclone('copyto', at('large'), 'gd:a/b/large');
    await rclone('copyto', at('small'), 'gd:a/small');
    expect(seen(/^POST .*uploadType=resumable&.*upload_id=/).length).toBe(3);
    expect(await rclone('lsf', '-R', '--format', 'ps', 'gd:')).toBe(
      'a/;-1\na/b/;-1\na/small;70000\na/b/large;20000000\n',
    );
    expect(await rclone('check', '--download=false', at('small'), 'gd:a')).toBe('');
  });

  it('downloads, whole and in part', async () => {
    await rclone('copyto', 'gd:a/b/large', at('back'));
    expect((await readFile(at('back'))).equals(large)).toBe(true);
    await rclone('copyto', '--multi-thread-cutoff', '1M', '--multi-thread-streams', '2', 'gd:a/b/large', at('again'));
    expect((await readFile(at('again'))).equals(large)).toBe(true);
  });

  it('lists page by page, and finds the files that have one name', async () => {
    for (let i = 0; i < 7; i += 1) server.store.create({ name: `page-${i}` }, Buffer.from(String(i)));
    // Times have milliseconds, and the newer one has to be newer.
    await sleep(20);
    server.store.create({ name: 'page-0' }, Buffer.from('twin'));
    const listed = await rclone('lsf', '--drive-list-chunk', '3', '--files-only', 'gd:');
    expect(listed.split('\n').filter((line) => line.startsWith('page-'))).toHaveLength(8);
    expect(seen(/^GET .*pageToken=/).length).toBeGreaterThanOrEqual(2);
    await rclone('dedupe', '--dedupe-mode', 'newest', 'gd:');
    expect(await rclone('cat', 'gd:page-0')).toBe('twin');
  });

  it('brings together two folders of one name, whose files then stand once', async () => {
    const folderType = 'application/vnd.google-apps.folder';
    for (const name of ['left', 'right']) {
      const { id } = server.store.create({ name: 'twins', mimeType: folderType }, undefined);
      server.store.create({ name, parents: [id] }, Buffer.from(name));
    }
    await rclone('dedupe', '--dedupe-mode', 'newest', 'gd:');
    expect((await rclone('lsf', 'gd:twins')).split('\n').toSorted()).toEqual(['', 'left', 'right']);
    for (const file of server.store.listed()) expect(file.parents).toEqual([...new Set(file.parents)]);
    await rclone('purge', 'gd:twins');
  });

  it('overwrites, moves, deletes and removes folders', async () => {
    await writeFile(at('small'), 'other');
    await rclone('copyto', at('small'), 'gd:a/small');
    expect(await rclone('cat', 'gd:a/small')).toBe('other');
    await rclone('moveto', 'gd:a/small', 'gd:c/moved');
    await rclone('purge', 'gd:a');
    await rclone('deletefile', 'gd:page-1');
    expect(await rclone('lsf', '-R', '--files-only', 'gd:')).toMatch(/^(page-\d\n)+c\/moved\n$/);
  });

  it('knows how much room there is, and that there is none', async () => {
    server.options.limitBytes = 1_000_000;
    expect(JSON.parse(await rclone('about', '--json', 'gd:'))).toMatchObject({ total: 1_000_000 });
    await expect(rclone('copyto', at('large'), 'gd:large')).rejects.toThrow(/storageQuotaExceeded/);
    delete server.options.limitBytes;
  });

  it('waits when it asks too often', async () => {
    server.options.perSecond = 5;
    const listed = await rclone('lsf', '-R', 'gd:');
    delete server.options.perSecond;
    expect(listed).toContain('c/moved');
  });

  it('works on a shared drive', async () => {
    await rclone('copyto', at('small'), 'family:x/small');
    expect(await rclone('lsf', '-R', 'family:')).toBe('x/\nx/small\n');
    expect(await rclone('lsf', 'gd:')).not.toContain('x/');
  });

  it('is turned away without the right token', async () => {
    const wrong = (await readFile(at('rclone.conf'), 'utf8')).replaceAll('"judge"', '"stranger"');
    await writeFile(at('wrong.conf'), wrong);
    await expect(rclone('--config', at('wrong.conf'), 'lsf', 'gd:')).rejects.toThrow(/401|Invalid Credentials|token/);
  });
});
