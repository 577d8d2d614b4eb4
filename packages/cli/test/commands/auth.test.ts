import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { BackupError, type Keychain } from '@triplicate/core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { run } from '../../src/app.ts';
import { type OAuthServer, startOAuthServer } from '../../../../test/servers/oauth.ts';
import { createCli, type Cli } from '../support/cli.ts';
import { expectDocumented } from '../support/json.ts';

let cli: Cli;
let server: OAuthServer;

/** A third-party destination in an account of the server, as short as can be. */
const pluginText = (url: string): string => `
import { z } from ${JSON.stringify(import.meta.resolve('zod'))};
export default {
  apiVersion: 1, kind: 'destination', type: 'example', summary: 'An account of a test.',
  options: z.strictObject({ clientId: z.string().optional() }),
  open: () => Promise.reject(new Error('not opened here')),
  signIn: (options) => ({ ...options, provider: {
    name: 'Example Drive', issuer: '${url}', authorizationUrl: '${url}/authorize', tokenUrl: '${url}/token',
    deviceUrl: '${url}/device/code', scopes: ['drive.file'], requiredScopes: ['drive.file'],
    redirect: { host: '127.0.0.1', path: '/' }, paste: 'address', withoutBrowser: 'paste',
    revocation: { kind: 'token', url: '${url}/revoke' }, clientHint: 'Register an application.' } }),
};
`;

const config = (destinations: string): string => `
version: 1
plugins: ["./example.mjs"]
pipelines:
  family:
    sources: { docs: { type: files, paths: [.] } }
    transforms: [ dedupe: {}, compress: {}, encrypt: { password: { env: PASSWORD } } ]
    destinations: { ${destinations} }
`;

beforeAll(async () => {
  cli = await createCli();
  server = await startOAuthServer({ clientId: 'ours' });
  await writeFile(join(cli.folder, 'example.mjs'), pluginText(server.url));
});
beforeEach(() =>
  writeFile(
    join(cli.folder, 'triplicate.yaml'),
    config('cloud: { type: example, clientId: ours }, disk: { type: local, path: disk }, bare: { type: example }'),
  ),
);
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await cli[Symbol.asyncDispose]();
});

const auth = (...words: readonly string[]): readonly string[] => ['--config', 'triplicate.yaml', 'auth', ...words];

/** Does what the talk asks for, as a person with a browser on this machine. */
const follow = (): ((text: string) => void) => {
  let told = '';
  let done = false;
  return (text) => {
    told += text;
    const [url] = /http:\S+\/authorize\S+/.exec(told) ?? [];
    if (url === undefined || done) return;
    done = true;
    void fetch(url).then((response) => response.text());
  };
};

const signInFile = async (): Promise<string> => {
  const folder = join(cli.folder, '..', 'home', '.local', 'state', 'triplicate');
  const found = (await readdir(folder, { recursive: true })).find((name) => name.endsWith('sign-in.json'));
  return join(folder, found ?? 'none');
};

describe('auth', () => {
  it('signs in with a browser, keeps it in a file that only the person reads, and shows no token', async () => {
    const { code, err, out } = await cli.type(auth('cloud', '--method', 'browser', '--store', 'file'), {
      onTalk: follow(),
    });
    expect(err).toContain('to sign in to Example Drive, go to');
    expect({ code, out }).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^signed in to Example Drive for "cloud"; it is kept in \/anna\/.*sign-in\.json/),
    });
    const file = await signInFile();
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const { refreshToken } = JSON.parse(await readFile(file, 'utf8')) as { refreshToken: string };
    expect(refreshToken).toMatch(/^refresh-/);
    expect(out + err).not.toContain(refreshToken);
    expect(out + err).not.toMatch(/access-|refresh-|code-/);
  });

  it('ends it at the provider and here', async () => {
    const file = await signInFile();
    const ended = await cli.type(auth('cloud', '--revoke', '--json'));
    expectDocumented(ended.lines);
    expect(ended.lines).toEqual([
      { type: 'auth', change: 'signed-out', pipeline: 'family', destination: 'cloud', provider: 'Example Drive' },
    ]);
    expect(server.requests).toContain('POST /revoke');
    await expect(stat(file)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('takes the address that a person brings from another machine, and says in --json what to open', async () => {
    const surroundings = cli.surroundings();
    const stdin = surroundings.stdin as PassThrough;
    const stdout = surroundings.stdout as PassThrough;
    let told = '';
    stdout.on('data', (piece: Buffer) => (told += piece.toString()));
    const running = run(auth('cloud', '--json', '--store', 'file'), surroundings);
    while (!told.includes('\n')) await new Promise((resolve) => setTimeout(resolve, 5));
    const { url } = JSON.parse(told.split('\n')[0] ?? '') as { url: string };
    const response = await fetch(url, { redirect: 'manual' });
    stdin.write(`${response.headers.get('location')}\n`);
    expect(await running).toBe(0);
    const lines = told
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expectDocumented(lines);
    expect(lines).toMatchObject([
      { type: 'sign-in', method: 'paste' },
      { type: 'auth', change: 'signed-in', store: 'file' },
    ]);
    await cli.type(auth('cloud', '--revoke'));
  });

  it('keeps it in the keychain, and says so when there is none that opens', async () => {
    const entries = new Map<string, string>();
    const keychain: Keychain = {
      get: (name) => Promise.resolve(entries.get(name)),
      set: (name, secret) => Promise.resolve(void entries.set(name, secret)),
      remove: (name) => Promise.resolve(void entries.delete(name)),
    };
    const refuse = (): Promise<never> => Promise.reject(new BackupError('UNSUPPORTED', 'no keychain here'));
    const signInWith = async (own: Keychain): Promise<{ readonly code: number; readonly talk: string }> => {
      const surroundings = { ...cli.surroundings(), keychain: own };
      let talk = '';
      const act = follow();
      (surroundings.stderr as PassThrough).on('data', (piece: Buffer) => {
        talk += piece.toString();
        act(piece.toString());
      });
      return { code: await run(auth('cloud', '--method', 'browser'), surroundings), talk };
    };
    expect(await signInWith(keychain)).toMatchObject({ code: 0 });
    expect([...entries.keys()]).toEqual([expect.stringMatching(/^sign-in destinations\/family-[0-9a-f]{8}\/cloud$/)]);
    await expect(stat(await signInFile())).rejects.toMatchObject({ code: 'ENOENT' });
    const { code, talk } = await signInWith({ get: refuse, set: refuse, remove: refuse });
    expect({ code, talk }).toMatchObject({
      code: 0,
      talk: expect.stringContaining('no keychain here; the sign-in goes into a file'),
    });
    expect((await stat(await signInFile())).mode & 0o777).toBe(0o600);
    await cli.type(auth('cloud', '--revoke'));
  });

  it('says what is wrong with what it was told', async () => {
    const wrong = async (...words: readonly string[]) => {
      const { code, err } = await cli.type(auth(...words));
      return { code, err: err.replaceAll(/note:.*\n/g, '') };
    };
    expect(await wrong('clod')).toMatchObject({
      code: 2,
      err: expect.stringContaining('there is no destination "clod"'),
    });
    expect(await wrong('disk')).toMatchObject({ code: 2, err: expect.stringContaining('nobody signs in to "disk"') });
    expect(await wrong('bare')).toMatchObject({ code: 2, err: expect.stringContaining('which application signs in') });
    expect(await wrong('cloud', '--method', 'guess')).toMatchObject({ code: 2 });
  });
});
