import { isAbsolute } from 'node:path';
import { BackupError, toBackupError } from '../errors.ts';

/** Whether an entry of `plugins:` is a path and not the name of a package. */
export const isPath = (spec: string): boolean => /^\.{1,2}[/\\]/.test(spec) || isAbsolute(spec);

/** Why a module could not be imported, as PLUGIN_INVALID. */
export const unloadable = (origin: string, error: unknown): BackupError => {
  const { why, hint } = explain(origin, error);
  return new BackupError('PLUGIN_INVALID', `cannot load the plugin "${origin}": ${why}`, {
    hint,
    context: { plugin: origin },
    cause: error,
  });
};

const explain = (origin: string, error: unknown): { why: string; hint: string } => {
  const { code, message } = toMessage(error);
  const needed = /Cannot find package '([^']+)'/.exec(message)?.[1];
  if (code === 'ERR_MODULE_NOT_FOUND' && needed !== undefined && needed !== origin)
    return { why: `it needs the package "${needed}", which is not installed`, hint: 'Install the plugin again.' };
  const absent = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
  if (!absent) return { why: toBackupError(error).message, hint: 'Correct the plugin, or remove it from "plugins".' };
  return isPath(origin)
    ? { why: 'there is no such file', hint: 'Correct the path; it counts from the folder of the configuration.' }
    : { why: 'it is not installed', hint: `Run "npm install ${origin}" in the folder of the configuration.` };
};

const toMessage = (error: unknown): { code: unknown; message: string } => {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  return { code, message: typeof message === 'string' ? message : '' };
};
