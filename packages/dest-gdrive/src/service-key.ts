import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { BackupError, type PluginContext, type SecretReference, toBackupError } from '@triplicate/core';

export interface ServiceKey {
  readonly email: string;
  /** PEM. */
  readonly key: string;
}

/** The key of a service account, as the JSON that Google gives: a file of many lines, of which a reference to a file gives only the first. */
export const readServiceKey = async (
  reference: SecretReference,
  context: Pick<PluginContext, 'configDirectory' | 'protect' | 'secret'>,
): Promise<ServiceKey> => {
  const text = 'file' in reference ? await readWhole(reference.file, context) : await context.secret(reference);
  try {
    const { client_email: email, private_key: key } = JSON.parse(text) as Readonly<Record<string, unknown>>;
    if (typeof email === 'string' && typeof key === 'string') {
      context.protect?.(key);
      return { email, key };
    }
  } catch {
    // Told below; what the parser says repeats the beginning of the text.
  }
  throw new BackupError('CONFIG_INVALID', 'the secret in "serviceAccount" is no key file of a service account', {
    hint: 'Name the JSON file that Google gave when the key was made.',
  });
};

const readWhole = async (
  file: string,
  { configDirectory }: Pick<PluginContext, 'configDirectory'>,
): Promise<string> => {
  const path = resolve(configDirectory, file.replace(/^~(?=[\\/])/, homedir()));
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new BackupError('CONFIG_INVALID', `cannot read the key file "${path}": ${toBackupError(cause).message}`, {
      hint: 'Correct "serviceAccount".',
      cause,
    });
  }
};
