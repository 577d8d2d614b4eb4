import type { FileEntryWithStats, SFTPWrapper, Stats } from 'ssh2';
import type { BackupError } from '@triplicate/core';
import { status, statusOf, translateConnection } from './errors.ts';

type Done<T> = (error: Error | null | undefined, value: T) => void;

export interface SpaceInfo {
  readonly f_bavail: number;
  readonly f_blocks: number;
  readonly f_frsize: number;
  readonly f_flag: number;
}

/** The verbs of SFTP as promises. All of them reject as soon as the connection is lost, and with the server's number when it refuses. */
export class SftpSession {
  readonly #sftp: SFTPWrapper;
  readonly #waiting = new Set<(why: BackupError) => void>();
  #over: BackupError | undefined;

  constructor(sftp: SFTPWrapper, lost: Promise<BackupError>) {
    this.#sftp = sftp;
    void lost.then((why) => {
      this.#over = why;
      for (const reject of this.#waiting) reject(why);
    });
  }

  open(path: string, flags: 'r' | 'wx'): Promise<Buffer> {
    return this.#ask((done) => this.#sftp.open(path, flags, 0o600, done));
  }

  close(handle: Buffer): Promise<void> {
    return this.#ask<void>((done) => this.#sftp.close(handle, (error) => done(error, undefined)));
  }

  fstat(handle: Buffer): Promise<Stats> {
    return this.#ask((done) => this.#sftp.fstat(handle, done));
  }

  stat(path: string): Promise<Stats> {
    return this.#ask((done) => this.#sftp.stat(path, done));
  }

  readFolder(path: string): Promise<FileEntryWithStats[]> {
    return this.#ask((done) => this.#sftp.readdir(path, done));
  }

  makeFolder(path: string): Promise<void> {
    return this.#ask<void>((done) => this.#sftp.mkdir(path, { mode: 0o700 }, (error) => done(error, undefined)));
  }

  remove(path: string): Promise<void> {
    return this.#ask<void>((done) => this.#sftp.unlink(path, (error) => done(error, undefined)));
  }

  /** The number of bytes read into the buffer; fewer than fit are no sign of the end. */
  read(handle: Buffer, into: Buffer, position: number): Promise<number> {
    return this.#ask((done) => this.#sftp.read(handle, into, 0, into.byteLength, position, done));
  }

  write(handle: Buffer, piece: Buffer, position: number): Promise<void> {
    return this.#ask<void>((done) =>
      this.#sftp.write(handle, piece, 0, piece.byteLength, position, (error) => done(error, undefined)),
    );
  }

  /** Refused by most servers where the target exists. */
  rename(from: string, to: string): Promise<void> {
    return this.#ask<void>((done) => this.#sftp.rename(from, to, (error) => done(error, undefined)));
  }

  /** In one step over what was there. */
  replace(from: string, to: string): Promise<void> {
    return this.#ask<void>((done) => this.#sftp.ext_openssh_rename(from, to, (error) => done(error, undefined)));
  }

  /** A second name for a file; refused where the name is taken. */
  link(from: string, to: string): Promise<void> {
    return this.#ask<void>((done) => this.#sftp.ext_openssh_hardlink(from, to, (error) => done(error, undefined)));
  }

  sync(handle: Buffer): Promise<void> {
    return this.#ask<void>((done) => this.#sftp.ext_openssh_fsync(handle, (error) => done(error, undefined)));
  }

  space(path: string): Promise<SpaceInfo> {
    return this.#ask((done) => this.#sftp.ext_openssh_statvfs(path, done as Done<unknown>));
  }

  async #ask<T>(send: (done: Done<T>) => void): Promise<T> {
    if (this.#over !== undefined) throw this.#over;
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.#waiting.add(reject);
    try {
      send((error, value) => (error === null || error === undefined ? resolve(value) : reject(error)));
      return await promise;
    } catch (error) {
      if (statusOf(error) !== undefined) throw error;
      if (isUnknownRequest(error)) throw Object.assign(new Error(error.message), { code: status.unsupported });
      // The library has words and no number for requests that a lost connection left open.
      throw this.#over ?? translateConnection(error).with({ connection: true });
    } finally {
      this.#waiting.delete(reject);
    }
  }
}

const isUnknownRequest = (error: unknown): error is Error =>
  error instanceof Error && error.message === 'Server does not support this extended request';
