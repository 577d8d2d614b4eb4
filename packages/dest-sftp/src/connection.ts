import type { AnyAuthMethod, Client, SFTPWrapper } from 'ssh2';
import { BackupError } from '@triplicate/core';
import { translateConnection } from './errors.ts';
import type { HostKeys } from './host-key.ts';
import { SftpSession } from './session.ts';

export interface ConnectionOptions {
  readonly host: string;
  readonly port: number;
  readonly methods: readonly AnyAuthMethod[];
  readonly hostKeys: HostKeys;
}

const readyTimeoutMs = 30_000;
/** A link that is cut without a word is noticed after a minute. */
const keepalive = { keepaliveInterval: 15_000, keepaliveCountMax: 4 };
const endingMs = 2000;

interface Open {
  readonly client: Client;
  readonly session: SftpSession;
}

/** One connection for all calls; the first call after it was lost makes another one. */
export class SftpConnection {
  readonly #options: ConnectionOptions;
  #open: Promise<Open> | undefined;
  #closed = false;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  async session(): Promise<SftpSession> {
    if (this.#closed) throw new BackupError('ABORTED', 'it is closed');
    const open = (this.#open ??= this.#connect());
    try {
      return (await open).session;
    } catch (error) {
      if (this.#open === open) this.#open = undefined;
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const open = await this.#open?.catch(() => undefined);
    if (open === undefined) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    open.client.once('close', () => resolve());
    const timer = setTimeout(() => open.client.destroy(), endingMs);
    open.client.end();
    await promise;
    clearTimeout(timer);
  }

  /** Until the server shows a key that is accepted; of several that it has, the first that is not is told. */
  async #connect(): Promise<Open> {
    let refused: BackupError | undefined;
    for (;;) {
      let last: BackupError | undefined;
      try {
        return await this.#connectOnce((why) => (last = why));
      } catch (error) {
        refused ??= last;
        if (last !== undefined && this.#options.hostKeys.asksForAnother()) continue;
        throw refused !== undefined && (last !== undefined || hasNoSuchKey(error)) ? refused : error;
      }
    }
  }

  async #connectOnce(onRefused: (why: BackupError) => void): Promise<Open> {
    const ssh2 = (await import('ssh2')).default;
    const client = new ssh2.Client();
    const lost = Promise.withResolvers<BackupError>();
    const failed = Promise.withResolvers<never>();
    failed.promise.catch(() => undefined);
    let why: BackupError | undefined;
    client.on('error', (error) => {
      why ??= translateConnection(error).with({ connection: true });
      failed.reject(why);
    });
    client.once('close', () => {
      this.#open = undefined;
      why ??= new BackupError('UNAVAILABLE', 'the connection was lost', { context: { connection: true } });
      failed.reject(why);
      lost.resolve(why);
    });
    try {
      const ready = this.#start(client, (refused) => {
        why ??= refused.with({ connection: true });
        onRefused(why);
      });
      const sftp = await Promise.race([ready, failed.promise]);
      sftp.on('error', () => client.end());
      sftp.once('close', () => client.end());
      return { client, session: new SftpSession(sftp, lost.promise) };
    } catch (error) {
      client.destroy();
      throw why ?? translateConnection(error).with({ connection: true });
    }
  }

  async #start(client: Client, refuse: (why: BackupError) => void): Promise<SFTPWrapper> {
    const { host, hostKeys, methods, port } = this.#options;
    const { promise, resolve, reject } = Promise.withResolvers<SFTPWrapper>();
    client.once('ready', () => {
      client.setNoDelay(true);
      client.sftp((error, sftp) => (error === undefined || error === null ? resolve(sftp) : reject(noSftp(error))));
    });
    client.connect({
      host,
      port,
      username: methods[0]?.username ?? '',
      authHandler: [...methods],
      readyTimeout: readyTimeoutMs,
      ...keepalive,
      hostVerifier: (key: Buffer) => {
        const refused = hostKeys.refuse(key);
        if (refused !== undefined) refuse(refused);
        return refused === undefined;
      },
      ...(hostKeys.algorithms.length === 0 ? {} : { algorithms: { serverHostKey: [...hostKeys.algorithms] } }),
    });
    return promise;
  }
}

/** The server has no key of a kind that was asked for: as the library says it. */
const hasNoSuchKey = (error: unknown): boolean =>
  error instanceof Error && error.message.includes('no matching host key format');

const noSftp = (cause: Error): BackupError =>
  new BackupError('CONFIG_INVALID', 'the server offers no SFTP', {
    hint: 'Switch the subsystem "sftp" on in its SSH server.',
    cause,
  });
