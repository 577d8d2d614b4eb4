import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Clock } from '../clock.ts';
import type { Keychain } from '../config/keychain.ts';
import { BackupError, isBackupError } from '../errors.ts';
import { decodeGrant, encodeGrant, type Grant } from './grant.ts';
import { withLockFile } from './lock-file.ts';

export interface StoreCall {
  readonly signal: AbortSignal;
}

/** Where the grant of one destination is kept. */
export interface GrantStore {
  /** `undefined` when nobody has signed in. AUTH when the keychain is locked. */
  read(call: StoreCall): Promise<Grant | undefined>;
  /** Where it is kept already, or in the keychain. */
  write(grant: Grant, call: StoreCall): Promise<void>;
  /** From wherever it is. */
  remove(call: StoreCall): Promise<void>;
  /** Runs `work` while no other process of this machine does: a provider that rotates refresh tokens takes each one once. */
  exclusively<T>(work: () => Promise<T>, call: StoreCall): Promise<T>;
}

export type GrantPlace = 'keychain' | 'file';

export interface SystemGrantStoreOptions {
  /** Of the destination, for hints. */
  readonly name: string;
  /** Private to the destination. */
  readonly folder: string;
  /** Its entry in the keychain. */
  readonly entry: string;
  readonly keychain: Keychain;
  readonly clock: Clock;
}

/**
 * The keychain of the system, or a file that only its owner can read (0600) where there is no keychain or the person wants it so. A grant
 * is in one place at a time; the file is looked at first, for it is there only when somebody chose it.
 */
export class SystemGrantStore implements GrantStore {
  /** Where `writeTo('file')` keeps it. */
  readonly file: string;
  readonly #options: SystemGrantStoreOptions;

  constructor(options: SystemGrantStoreOptions) {
    this.#options = options;
    this.file = join(options.folder, 'sign-in.json');
  }

  async read(call: StoreCall): Promise<Grant | undefined> {
    const kept = await this.#readFile();
    if (kept !== undefined) return decodeGrant(kept);
    const { entry, keychain } = this.#options;
    try {
      const found = await keychain.get(entry, call);
      return found === undefined ? undefined : decodeGrant(found);
    } catch (cause) {
      throw this.#outOfReach(cause);
    }
  }

  async write(grant: Grant, call: StoreCall): Promise<void> {
    await this.writeTo((await this.#readFile()) === undefined ? 'keychain' : 'file', grant, call);
  }

  /** UNSUPPORTED when this system has no keychain, AUTH when it is locked. */
  async writeTo(place: GrantPlace, grant: Grant, call: StoreCall): Promise<void> {
    const { entry, keychain } = this.#options;
    if (place === 'keychain') {
      await keychain.set(entry, encodeGrant(grant), call);
      await rm(this.file, { force: true });
      return;
    }
    await this.#writeFile(`${encodeGrant(grant)}\n`);
    await keychain.remove(entry, call).catch(() => undefined);
  }

  async remove(call: StoreCall): Promise<void> {
    const wasInFile = (await this.#readFile()) !== undefined;
    await rm(this.file, { force: true });
    try {
      await this.#options.keychain.remove(this.#options.entry, call);
    } catch (cause) {
      if (!wasInFile) throw this.#outOfReach(cause);
    }
  }

  exclusively<T>(work: () => Promise<T>, { signal }: StoreCall): Promise<T> {
    return withLockFile(`${this.file}.lock`, { clock: this.#options.clock, signal }, work);
  }

  async #readFile(): Promise<string | undefined> {
    try {
      return await readFile(this.file, 'utf8');
    } catch (error) {
      if ((error as { code?: unknown }).code === 'ENOENT') return undefined;
      throw new BackupError('AUTH', `cannot read the sign-in in "${this.file}"`, { cause: error });
    }
  }

  async #writeFile(text: string): Promise<void> {
    await mkdir(dirname(this.file), { recursive: true, mode: 0o700 });
    const temporary = `${this.file}.${randomUUID()}.tmp`;
    try {
      await writeFile(temporary, text, { mode: 0o600, flag: 'wx', flush: true });
      await chmod(temporary, 0o600);
      await rename(temporary, this.file);
    } finally {
      await rm(temporary, { force: true });
    }
  }

  /** Nobody knows whether it is there; a machine without a keychain that opens by itself, e.g. a server, keeps it in a file. */
  #outOfReach(cause: unknown): BackupError {
    if (isBackupError(cause, 'ABORTED')) return cause;
    const said = isBackupError(cause) ? `: ${cause.message}` : '';
    return new BackupError('AUTH', `the sign-in cannot be looked for${said}`, {
      hint: `Unlock the keychain, or sign in once more and keep that in a file: run \`triplicate auth ${this.#options.name} --store file\`.`,
      cause,
    });
  }
}

/** For tests and for credentials that the environment brings. */
export class MemoryGrantStore implements GrantStore {
  #grant: Grant | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(grant?: Grant) {
    this.#grant = grant;
  }

  read(): Promise<Grant | undefined> {
    return Promise.resolve(this.#grant);
  }

  write(grant: Grant): Promise<void> {
    this.#grant = grant;
    return Promise.resolve();
  }

  remove(): Promise<void> {
    this.#grant = undefined;
    return Promise.resolve();
  }

  exclusively<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }
}
