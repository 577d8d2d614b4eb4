import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { z } from 'zod';
import { BackupError, toBackupError } from '../errors.ts';
import { isPath } from '../plugin/unloadable.ts';
import type { FoundConfig } from './find-config.ts';
import { foldersOf } from './folders.ts';
import { openRegular } from './open-regular.ts';
import type { Surroundings } from './surroundings.ts';
import { parseYaml } from './yaml-document.ts';

const record = z.strictObject({
  version: z.literal(1),
  /** SHA-256 of what was trusted, by the real path of the configuration. */
  configs: z.record(z.string(), z.string()),
});
type TrustRecord = z.infer<typeof record>;

/**
 * Whether what runs code may be honoured: the configuration was named explicitly, or stands in a folder that is the user's own, or its
 * text and the files that it names under `plugins` are those that were trusted. Entering a cloned folder is none of these.
 */
export const isTrusted = async (found: FoundConfig, surroundings: Surroundings): Promise<boolean> => {
  const { file, origin } = found;
  if (origin === 'option' || origin === 'environment') return true;
  const real = await realpath(file);
  if (await isUsersOwn(file, real, surroundings)) return true;
  const { configs } = await readRecord(fileOf(surroundings));
  return Object.hasOwn(configs, real) && configs[real] === (await hashOf(found));
};

/** Honours from now on what this text, at this path, would run; a change of the text or of a plugin's file ends it. */
export const trustConfig = async (found: FoundConfig, surroundings: Surroundings): Promise<void> => {
  const path = fileOf(surroundings);
  const { configs } = await readRecord(path);
  await writeRecord(path, { version: 1, configs: { ...configs, [await realpath(found.file)]: await hashOf(found) } });
};

/** Ends the trust; nothing happens when there was none. */
export const distrustConfig = async ({ file }: FoundConfig, surroundings: Surroundings): Promise<void> => {
  const path = fileOf(surroundings);
  const { configs } = await readRecord(path);
  const { [await realpath(file)]: _, ...others } = configs;
  await writeRecord(path, { version: 1, configs: others });
};

const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Over the text, and over each file that it names under `plugins`. What such a file imports is not in it, nor is an installed package. */
const hashOf = async ({ file, text }: FoundConfig): Promise<string> => {
  const named = (parseYaml(text).value as { plugins?: unknown } | null | undefined)?.plugins;
  const paths = (Array.isArray(named) ? named : []).filter((spec) => typeof spec === 'string' && isPath(spec));
  const files = await Promise.all(
    paths.map(async (spec: string) => readPlugin(resolve(dirname(file), spec)).then(sha256, () => 'not there')),
  );
  return files.length === 0 ? sha256(text) : sha256([sha256(text), ...files].join('\n'));
};

const readPlugin = async (path: string): Promise<Buffer> => {
  await using file = await openRegular(path);
  return await file.readFile();
};

const fileOf = (surroundings: Surroundings): string => join(foldersOf(surroundings).state, 'trusted-configs.json');

/** In the user's configuration folder, or right in the home folder; ours and not writable by everybody. A link into it does not count. */
const isUsersOwn = async (file: string, real: string, surroundings: Surroundings): Promise<boolean> => {
  const homes = [foldersOf(surroundings).config, surroundings.home];
  const own = await Promise.all(homes.map((folder) => realpath(folder).catch(() => folder)));
  if (!own.includes(dirname(real)) || (await realpath(dirname(file))) !== dirname(real)) return false;
  const { uid, mode } = await stat(real);
  const { userId } = surroundings;
  return userId === undefined || ((uid === userId || uid === 0) && (mode & 0o002) === 0);
};

const empty: TrustRecord = { version: 1, configs: {} };

/** What cannot be read trusts nothing. */
const readRecord = async (path: string): Promise<TrustRecord> => {
  try {
    return record.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return empty;
  }
};

const writeRecord = async (path: string, content: TrustRecord): Promise<void> => {
  const temporary = `${path}.${randomUUID()}`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(temporary, `${JSON.stringify(content, undefined, 2)}\n`, { mode: 0o600, flag: 'wx' });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    const { message } = toBackupError(error);
    throw new BackupError('IO', `cannot remember the trust in "${path}": ${message}`, {
      hint: 'Make the folder writable, or name another one with TRIPLICATE_STATE_DIR.',
      cause: error,
    });
  }
};
