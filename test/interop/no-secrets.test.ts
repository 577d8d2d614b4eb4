import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { temporaryFolder, type TemporaryFolder } from '@triplicate/core/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { filesWith, runWatched, secretsIn, type Told } from '../kit/leaks.ts';
import { password } from '../kit/local-pipeline.ts';
import { writeConfig } from '../kit/program.ts';
import { writeSampleTree } from '../kit/sample-tree.ts';
import { clientId, type Google, startGoogle } from '../servers/google-drive/google.ts';
import { noRadosgw, type S3Server, startRadosgw } from '../servers/radosgw.ts';
import { noRclone, rcloneUser, type RcloneServer, startRclone } from '../servers/rclone.ts';
import { noSshd, type SshServer, startSshd } from '../servers/sshd.ts';

const noProc = process.platform === 'linux' ? undefined : 'there is no /proc';
const missing = noRadosgw ?? noSshd ?? noRclone ?? noProc;
const root = resolve(import.meta.dirname, '../..');
/** A dozen runs of the whole program, on a machine that may be slow. */
const seconds = 900;
/** Whatever token a program was given for an hour. */
const accessToken = /access-[\w-]{20,}/;

let folder: TemporaryFolder;
let google: Google;
let s3: S3Server;
let ssh: SshServer;
let nas: RcloneServer;
let secrets: Readonly<Record<string, string>>;

const at = (name: string): string => join(folder.path, name);

beforeAll(async () => {
  if (missing !== undefined) return;
  folder = await temporaryFolder();
  for (const name of ['nas', 'bridge', 'home', 'state', 'cache', 'logs']) mkdirSync(at(name));
  [google, s3, ssh] = await Promise.all([startGoogle(), startRadosgw({ seconds }), startSshd({ seconds })]);
  nas = await startRclone('restic', { folder: at('nas'), user: rcloneUser, seconds });
  await s3.makeBucket('backups');
  writeSampleTree(at('files'), { seed: 21, folders: 2, filesInFolder: 5, largeBytes: 300_000 });
  google.oauth.options.clientSecret = 'the-secret-of-the-client';
  secrets = {
    PASSWORD: password,
    S3_SECRET: s3.secretAccessKey,
    SSH_PASSPHRASE: ssh.passphrase,
    NAS_PASSWORD: rcloneUser.password,
    GOOGLE_SECRET: google.oauth.options.clientSecret,
    LOOPBACK_REFRESH_TOKEN: google.oauth.issueRefreshToken(),
  };
  configure();
}, 120_000);
afterAll(async () => {
  for (const one of [nas, ssh, s3, google, folder]) await one?.[Symbol.asyncDispose]();
});

const configure = (): void => {
  const { fingerprint, lockedKey, port, user } = ssh;
  writeConfig(at('home'), {
    paths: [at('files')],
    plugins: [join(root, 'test/plugins/drive-on-loopback.ts')],
    destinations: {
      cloud: `{ type: s3, bucket: backups, endpoint: "${s3.endpoint}", accessKeyId: ${s3.accessKeyId}, secretAccessKey: { env: S3_SECRET } }`,
      shell: `{ type: sftp, host: 127.0.0.1, port: ${port}, user: ${user}, key: "${lockedKey}", passphrase: { env: SSH_PASSPHRASE }, fingerprint: "${fingerprint}", path: "${at('shell')}" }`,
      nas: `{ type: rest, url: "http://127.0.0.1:${nas.port}/anna/", username: ${rcloneUser.username}, password: { env: NAS_PASSWORD } }`,
      bridge: `{ type: rest, remote: "${at('bridge')}" }`,
      drive: `{ type: drive-on-loopback, folder: Backups, clientId: ${clientId}, clientSecret: { env: GOOGLE_SECRET } }`,
    },
  });
};

const triplicate = (args: readonly string[], own: Readonly<Record<string, string>> = secrets): Promise<Told> =>
  runWatched(
    process.execPath,
    [
      '--conditions=@triplicate/source',
      join(root, 'packages/cli/src/main.ts'),
      '--config',
      join(at('home'), 'triplicate.yaml'),
      ...args,
    ],
    {
      cwd: at('home'),
      env: {
        PATH: process.env['PATH'],
        HOME: at('home'),
        NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
        TRIPLICATE_STATE_DIR: at('state'),
        TRIPLICATE_CACHE_DIR: at('cache'),
        LOOPBACK_DRIVE: `http://127.0.0.1:${google.drive.port}`,
        LOOPBACK_OAUTH: google.oauth.url,
        ...own,
      },
    },
  );

/** Where anything that nobody may see was seen, in what a command said and in how its processes were called. */
const leaks = ({ commandLines, err, out }: Told, own: Readonly<Record<string, string>> = secrets): string[] => {
  const places = { stdout: out, stderr: err, 'a command line': [...commandLines].join('\n') };
  return Object.entries(places).flatMap(([place, text]) => [
    ...secretsIn(text, own).map((name) => `${name} in ${place}`),
    ...(accessToken.test(text) ? [`an access token in ${place}`] : []),
  ]);
};

describe.skipIf(missing !== undefined)(
  `secrets of S3, SFTP, REST, rclone and Google Drive${missing === undefined ? '' : `: ${missing}`}`,
  () => {
    it('show in nothing that is said, in no command line, and in no file of the state or the cache', async () => {
      const commands = [
        ['init'],
        ['--verbose', 'backup'],
        ['--json', 'check', '--read-data'],
        ['--json', 'config', 'show'],
        ['--json', '--verbose', 'doctor', 'drive'],
      ];
      const children = new Set<string>();
      for (const command of commands) {
        const told = await triplicate(command);
        expect({ command, leaks: leaks(told), code: told.code, err: told.err }).toMatchObject({
          command,
          leaks: [],
          code: 0,
        });
        for (const line of told.commandLines) children.add(line);
      }
      // What was looked at is what was meant: rclone ran, and the program itself was seen.
      expect([...children].some((line) => line.includes('serve restic --stdio'))).toBe(true);
      expect([...children].some((line) => line.includes('--read-data'))).toBe(true);
      for (const place of ['state', 'cache']) expect(filesWith(at(place), secrets)).toEqual([]);
    }, 600_000);

    it('show in no error either, when each of them is wrong', async () => {
      const wrong = Object.fromEntries(
        Object.keys(secrets).map((name) => [name, `${name.toLowerCase()}-that-is-wrong-and-long-enough`]),
      );
      for (const [name, secret] of [
        ['cloud', 'S3_SECRET'],
        ['shell', 'SSH_PASSPHRASE'],
        ['nas', 'NAS_PASSWORD'],
        ['drive', 'LOOPBACK_REFRESH_TOKEN'],
        ['drive', 'GOOGLE_SECRET'],
      ] as const) {
        const own = { ...secrets, [secret]: wrong[secret] ?? '' };
        const told = await triplicate(['--json', 'doctor', name], own);
        expect({ secret, leaks: [...leaks(told, own), ...leaks(told)] }).toEqual({ secret, leaks: [] });
        expect(told.out).toMatch(new RegExp(`"destination test.${name}","name":"[^"]*","status":"failed"`));
        expect(told.code).not.toBe(0);
      }
      const opened = await triplicate(['--json', 'snapshots'], { ...secrets, PASSWORD: wrong['PASSWORD'] ?? '' });
      expect({ code: opened.code, leaks: leaks(opened, wrong) }).toEqual({ code: 12, leaks: [] });
      for (const place of ['state', 'cache']) {
        expect(filesWith(at(place), secrets)).toEqual([]);
        expect(filesWith(at(place), wrong)).toEqual([]);
      }
    }, 600_000);
  },
);
