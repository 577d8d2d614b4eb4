import { BackupError, toBackupError, type SecretReference } from '@triplicate/core';
import { randomInt } from 'node:crypto';
import { access, mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { passwordVariable } from '../compose/repo-pipeline.ts';
import type { CliSurroundings } from '../surroundings.ts';

export interface PasswordFlags {
  readonly passwordFile?: string | undefined;
  readonly passwordEnv?: string | undefined;
  readonly keychain?: string | undefined;
}

export interface PasswordPlace {
  readonly reference: SecretReference;
  /** A file that does not exist yet and gets a password that nobody has typed. */
  readonly newFile?: string;
}

// No letters that look alike, and 32 of them: five bits each.
const alphabet = 'abcdefghijkmnpqrstuvwxyz23456789';

/** 120 bits in groups of four, made to be written down. */
export const generatePassword = (): string =>
  Array.from({ length: 6 }, () => Array.from({ length: 4 }, () => alphabet[randomInt(alphabet.length)]).join('')).join(
    '-',
  );

/** Where the password will be, by the flags; else by the environment; else a new file beside the configuration. */
export const choosePasswordPlace = async (
  { passwordFile, passwordEnv, keychain }: PasswordFlags,
  { surroundings, beside }: { readonly surroundings: CliSurroundings; readonly beside: string },
): Promise<PasswordPlace> => {
  const given = [passwordFile, passwordEnv, keychain].filter((flag) => flag !== undefined);
  if (given.length > 1) throw new BackupError('USAGE', 'the password can be in one place only');
  if (passwordEnv !== undefined) return { reference: { env: passwordEnv } };
  if (keychain !== undefined) return { reference: { keychain } };
  if (passwordFile === undefined && surroundings.env[passwordVariable]) return { reference: { env: passwordVariable } };
  const file = passwordFile === undefined ? beside : resolve(surroundings.cwd, passwordFile);
  // Beside the configuration it may be moved together with it.
  const reference = { file: dirname(file) === dirname(beside) ? `./${basename(file)}` : file };
  return (await exists(file)) ? { reference } : { reference, newFile: file };
};

/** Writes a secret where only its owner can read it; an existing file is never overwritten. */
export const writeSecretFile = async (file: string, secret: string): Promise<void> => {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(file, `${secret}\n`, { mode: 0o600, flag: 'wx' }).catch((cause: unknown) => {
    if ((cause as { code?: unknown }).code !== 'EEXIST') throw toBackupError(cause, 'IO', `cannot write "${file}"`);
    throw new BackupError('IO', `there is a password in "${file}" already, and it is not overwritten`, {
      hint: 'move that file away if no repository needs it any more, or run this again to use it',
      cause,
    });
  });
};

export const exists = async (file: string): Promise<boolean> => {
  try {
    await access(file);
    return true;
  } catch {
    return false;
  }
};
