/** The servers that rclone has for a folder of this machine, on loopback. */
import { connect } from 'node:net';
import { freePort, isInstalled, startBounded, untilUp } from './bounded.ts';

export const noRclone = isInstalled('rclone', 'version') ? undefined : 'rclone is not installed';

export interface RcloneServer extends AsyncDisposable {
  readonly port: number;
  readonly said: () => string;
}

export const rcloneUser = { username: 'anna', password: 'not-a-secret-but-alone' } as const;

export interface RcloneOptions {
  /** What is served. */
  readonly folder: string;
  /** More of its flags, e.g. `--vfs-cache-mode writes`. */
  readonly flags?: readonly string[];
  /** How long it lives at most. */
  readonly seconds?: number;
  /** Left out for a server that asks for no password. */
  readonly user?: { readonly username: string; readonly password: string };
}

export const startRclone = async (
  protocol: 'restic' | 'sftp' | 'webdav',
  { flags = [], folder, seconds = 300, user }: RcloneOptions,
): Promise<RcloneServer> => {
  const port = await freePort();
  const login = user === undefined ? [] : ['--user', user.username, '--pass', user.password];
  const where = ['--addr', `127.0.0.1:${port}`, '--config', '/dev/null'];
  const server = startBounded('rclone', ['serve', protocol, ...where, ...login, ...flags, folder], { seconds });
  await untilUp(() => answers(port), server, { name: `rclone serve ${protocol}`, seconds: 60 });
  return { port, said: server.said, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
};

/** Whether somebody listens there. */
export const answers = async (port: number): Promise<boolean> => {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect(port, '127.0.0.1');
  socket.once('connect', () => resolve(true));
  socket.once('error', () => resolve(false));
  const up = await promise;
  socket.destroy();
  return up;
};
