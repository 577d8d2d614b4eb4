import { shellWord } from '../shell-word.ts';
import { isAbsolute, join, resolve } from 'node:path';
import type { Clock } from '../clock.ts';
import { BackupError, toBackupError } from '../errors.ts';
import type { Log } from '../plugin/plugin.ts';
import type { Keychain } from './keychain.ts';
import { decodeText, readBounded } from './read-bounded.ts';
import type { Redactor } from './redactor.ts';
import { runSecretCommand } from './secret-command.ts';
import { describeReference, findReferences, sameReference, type SecretReference } from './secret-reference.ts';
import type { Surroundings } from './surroundings.ts';

export interface SecretResolverParts {
  readonly surroundings: Surroundings;
  readonly clock: Clock;
  readonly keychain: Keychain;
  readonly redactor: Redactor;
  readonly log: Log;
}

export interface ResolveOptions {
  /** Relative files and commands count from here. */
  readonly directory: string;
  readonly signal: AbortSignal;
  /** A person named the file on the command line: it may be a named pipe. */
  readonly pipes?: boolean;
}

const sizeLimit = 1024 * 1024;

/** Fetches secrets when they are needed, each once, and tells the redactor before anybody sees one. */
export class SecretResolver {
  readonly #parts: SecretResolverParts;
  readonly #known = new Map<string, string>();

  constructor(parts: SecretResolverParts) {
    this.#parts = parts;
  }

  /** CONFIG_INVALID when the place has no secret, AUTH when the command or keychain does not give it. */
  async resolve(reference: SecretReference, options: ResolveOptions): Promise<string> {
    const key = keyOf(reference, options);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const secret = await this.#fetch(reference, options);
    if (secret === '') throw missing(`the secret in ${describeReference(reference)} is empty`);
    this.#parts.redactor.add(secret);
    this.#known.set(key, secret);
    return secret;
  }

  /**
   * Masks what stands in these places now, for who shows what others print. Nothing is kept: a place that has another secret later gives
   * that one. Gives back those of which only a program or the keychain knows, and that were not asked yet.
   */
  async hide(references: readonly SecretReference[], options: ResolveOptions): Promise<readonly SecretReference[]> {
    const { surroundings, redactor } = this.#parts;
    const unknown: SecretReference[] = [];
    for (const reference of references) {
      if ('env' in reference) redactor.add(surroundings.env[reference.env] ?? '');
      else if ('file' in reference) redactor.add(await this.#peek(reference.file, options));
      else if (!this.#known.has(keyOf(reference, options))) unknown.push(reference);
    }
    return unknown;
  }

  /** Nothing where no secret can be read. */
  async #peek(file: string, { directory }: ResolveOptions): Promise<string> {
    const path = resolve(directory, expandHome(file, this.#parts.surroundings.home));
    try {
      return firstLine((await readBounded(path, sizeLimit)).bytes, path);
    } catch {
      return '';
    }
  }

  /** What a plugin is given: the secrets that its own options name, and no others (PLUGIN_INVALID). */
  grant(
    plugin: string,
    pluginOptions: unknown,
    options: ResolveOptions,
  ): (reference: SecretReference) => Promise<string> {
    const allowed = findReferences(pluginOptions);
    return async (reference) => {
      if (allowed.some((own) => sameReference(own, reference))) return this.resolve(reference, options);
      throw new BackupError(
        'PLUGIN_INVALID',
        `the plugin "${plugin}" asked for a secret that its options do not name`,
        {
          hint: 'Tell its author; until then do not use it.',
          context: { plugin },
        },
      );
    };
  }

  async #fetch(reference: SecretReference, options: ResolveOptions): Promise<string> {
    const { surroundings, clock, keychain } = this.#parts;
    if ('env' in reference) {
      const value = surroundings.env[reference.env];
      if (value === undefined) throw missing(`the environment variable "${reference.env}" is not set`);
      return value;
    }
    if ('file' in reference) return this.#readFile(expandHome(reference.file, surroundings.home), options);
    if ('command' in reference) {
      const command = reference.command.map((part, index) =>
        index === 0 ? toProgram(part, options, surroundings) : part,
      );
      return firstLine(
        await runSecretCommand(command, { surroundings, clock, ...options }),
        describeReference(reference),
      );
    }
    const entry = await keychain.get(reference.keychain, { signal: options.signal });
    if (entry === undefined) throw missing(`the keychain has no entry "${reference.keychain}" of triplicate`);
    return entry;
  }

  async #readFile(written: string, { directory, pipes = false }: ResolveOptions): Promise<string> {
    const path = resolve(directory, written);
    const { bytes, exposed } = await readBounded(path, sizeLimit, { pipes }).catch((error: unknown) => {
      throw missing(`cannot read the secret in "${path}": ${toBackupError(error).message}`, error);
    });
    if (exposed && this.#parts.surroundings.platform !== 'win32')
      this.#parts.log.warn(
        `other users of this machine can read the secret in "${path}"; run: chmod 600 ${shellWord(path)}`,
      );
    return firstLine(bytes, `the file "${path}"`);
  }
}

const keyOf = (reference: SecretReference, { directory }: ResolveOptions): string =>
  JSON.stringify([reference, directory]);

const expandHome = (path: string, home: string): string =>
  /^~(?=$|[/\\])/.test(path) ? join(home, path.slice(1)) : path;

/** A program with a slash in it is a path, and counts from the folder of the configuration; any other is looked for in PATH. */
const toProgram = (program: string, { directory }: ResolveOptions, { home }: Surroundings): string => {
  const expanded = expandHome(program, home);
  return /[/\\]/.test(expanded) && !isAbsolute(expanded) ? resolve(directory, expanded) : expanded;
};

const firstLine = (bytes: Buffer, where: string): string => {
  const end = bytes.indexOf(0x0a);
  const text = decodeText(bytes.subarray(0, end === -1 ? bytes.length : end));
  if (text === undefined) throw missing(`the secret in ${where} is not UTF-8 text`);
  if (end === -1 && bytes.length >= sizeLimit) throw missing(`${where} has a first line of more than 1 MiB`);
  return text.replace(/\r$/, '');
};

const missing = (message: string, cause?: unknown): BackupError =>
  new BackupError('CONFIG_INVALID', message, {
    hint: 'Put the secret there, or name another place: { env }, { file }, { command } or { keychain }.',
    cause,
  });
