import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { BackupError, toBackupError } from '../errors.ts';
import { foldersOf } from './folders.ts';
import { decodeText, readBounded } from './read-bounded.ts';
import { readVariable, type Surroundings } from './surroundings.ts';

export const configFileName = 'triplicate.yaml';

/** How a configuration came to be used: the first two name it explicitly. */
export type ConfigOrigin = 'option' | 'environment' | 'working-folder' | 'user-folder';

export interface FoundConfig {
  /** Absolute. */
  readonly file: string;
  readonly origin: ConfigOrigin;
  readonly text: string;
}

/** One byte more than a configuration may have, so that `loadConfig` sees that it is too long and says so. */
const limit = 1024 * 1024 + 1;

/**
 * The configuration in `--config` (`explicit`), `$TRIPLICATE_CONFIG`, `./triplicate.yaml` or the user's configuration folder: the first
 * that there is. CONFIG_INVALID when there is none, or when an explicitly named one cannot be read.
 */
export const findConfig = async (surroundings: Surroundings, explicit?: string): Promise<FoundConfig> => {
  const named = explicit ?? readVariable(surroundings, 'TRIPLICATE_CONFIG');
  if (named !== undefined) {
    const file = resolve(surroundings.cwd, named);
    return {
      file,
      origin: explicit === undefined ? 'environment' : 'option',
      text: await readConfig(file, explicit !== undefined),
    };
  }
  const places = [
    { origin: 'working-folder', file: join(surroundings.cwd, configFileName) },
    { origin: 'user-folder', file: join(foldersOf(surroundings).config, configFileName) },
  ] as const;
  for (const place of places) if (await exists(place.file)) return { ...place, text: await readConfig(place.file) };
  throw new BackupError(
    'CONFIG_INVALID',
    `no configuration: neither ${places.map(({ file }) => `"${file}"`).join(' nor ')} is there`,
    {
      hint: 'Write one with `triplicate init`, or name one with "--config".',
    },
  );
};

const exists = async (file: string): Promise<boolean> => {
  try {
    await stat(file);
    return true;
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw new BackupError(
      'CONFIG_INVALID',
      `cannot read the configuration "${file}": ${toBackupError(error).message}`,
      {
        hint: 'Correct or remove it, or name another one with "--config".',
        cause: error,
      },
    );
  }
};

const readConfig = async (file: string, pipes = false): Promise<string> => {
  const { bytes } = await readBounded(file, limit, { pipes }).catch((error: unknown) => {
    const { message } = toBackupError(error);
    throw new BackupError('CONFIG_INVALID', `cannot read the configuration "${file}": ${message}`, {
      hint: 'Name another one with "--config", or write one with `triplicate init`.',
      cause: error,
    });
  });
  const text = decodeText(bytes);
  if (text !== undefined) return text;
  throw new BackupError('CONFIG_INVALID', `the configuration "${file}" is not UTF-8 text`, {
    hint: 'Save it as UTF-8.',
  });
};
