/** OpenSSH's server on loopback, with keys and a configuration of its own; whoever runs the tests logs in, by key alone. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { freePort, startBounded, untilUp } from './bounded.ts';
import { answers } from './rclone.ts';

/** It has to be named with its whole path, since it starts itself again for each connection. */
const program = ['/usr/sbin/sshd', '/usr/bin/sshd', '/usr/local/sbin/sshd'].find(existsSync);

const hasKeygen = ['/usr/bin/ssh-keygen', '/usr/local/bin/ssh-keygen'].some(existsSync);

export const noSshd = program !== undefined && hasKeygen ? undefined : 'openssh-server is not installed';

export interface SshServer extends AsyncDisposable {
  readonly port: number;
  readonly user: string;
  /** Private key that is let in, and one that is not. */
  readonly key: string;
  readonly strangerKey: string;
  /** A key with a passphrase that is let in. */
  readonly lockedKey: string;
  readonly passphrase: string;
  /** File with the server's key under its name and port. */
  readonly knownHosts: string;
  readonly fingerprint: string;
  /** Of its other key, which it shows to whoever does not ask for the first kind. */
  readonly rsaFingerprint: string;
  readonly rsaKnownHosts: string;
  readonly said: () => string;
}

const passphrase = 'not-a-secret-but-alone';

/** For `seconds` at most. */
export const startSshd = async ({ seconds = 300 }: { readonly seconds?: number } = {}): Promise<SshServer> => {
  if (program === undefined) throw new Error('openssh-server is not installed');
  await using started = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'triplicate-sshd-'));
  started.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  const at = (name: string): string => join(folder, name);
  for (const name of ['host', 'key', 'stranger']) makeKey(at(name), '');
  makeKey(at('locked'), passphrase);
  makeKey(at('rsa'), '', ['rsa', '-b', '2048']);
  const allowed = await Promise.all(['key.pub', 'locked.pub'].map((name) => readFile(at(name), 'utf8')));
  await writeFile(at('authorized'), allowed.join(''), { mode: 0o600 });
  const port = await freePort();
  await writeFile(at('config'), configuration(at, port));
  const hostKey = await readFile(at('host.pub'), 'utf8');
  await writeFile(at('known_hosts'), `[127.0.0.1]:${port} ${hostKey}`);
  await writeFile(at('rsa_known_hosts'), `[127.0.0.1]:${port} ${await readFile(at('rsa.pub'), 'utf8')}`);
  // Root's server gives up its rights in this folder.
  if (userInfo().uid === 0) await mkdir('/run/sshd', { recursive: true });
  const server = started.use(startBounded(program, ['-D', '-e', '-f', at('config')], { seconds }));
  await untilUp(() => answers(port), server, { name: 'sshd', seconds: 60 });
  const servers = started.move();
  return {
    port,
    user: userInfo().username,
    key: at('key'),
    strangerKey: at('stranger'),
    lockedKey: at('locked'),
    passphrase,
    knownHosts: at('known_hosts'),
    rsaKnownHosts: at('rsa_known_hosts'),
    fingerprint: fingerprintOf(at('host.pub')),
    rsaFingerprint: fingerprintOf(at('rsa.pub')),
    said: server.said,
    [Symbol.asyncDispose]: () => servers.disposeAsync(),
  };
};

const fingerprintOf = (file: string): string =>
  execFileSync('ssh-keygen', ['-lf', file], { encoding: 'utf8' }).split(' ')[1] ?? '';

const makeKey = (path: string, secret: string, kind: readonly string[] = ['ed25519']): void => {
  execFileSync('ssh-keygen', ['-q', '-t', ...kind, '-N', secret, '-f', path]);
};

/** The server for files is the one within sshd: the other is begun by the shell of whoever runs the tests, with all that this one loads. */
const configuration = (at: (name: string) => string, port: number): string => `ListenAddress 127.0.0.1
Port ${port}
HostKey ${at('host')}
HostKey ${at('rsa')}
PidFile none
AuthorizedKeysFile ${at('authorized')}
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
MaxStartups 100:30:200
Subsystem sftp internal-sftp
`;
