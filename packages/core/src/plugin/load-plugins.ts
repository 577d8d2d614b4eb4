import { createRequire, findPackageJSON } from 'node:module';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { BackupError, isBackupError, toBackupError } from '../errors.ts';
import { entryOf } from './entries.ts';
import type { PluginEntry } from './registry.ts';
import { isPath, unloadable } from './unloadable.ts';
import { validatePlugin } from './validate-plugin.ts';

export interface LoadPluginsOptions {
  /** Absolute; paths count from its folder, and packages are looked for from there upwards. */
  readonly configFile: string;
}

export type LoadedPlugin = { readonly spec: string } & (
  { readonly entry: PluginEntry } | { readonly error: BackupError }
);

/**
 * Imports what `plugins:` names, by package or by path (a `.ts` file works outside of `node_modules`). This runs their code, so the
 * caller has made sure that the configuration is trusted. One that fails is an error of its own and stops no other.
 */
export const loadPlugins = (specs: readonly string[], options: LoadPluginsOptions): Promise<LoadedPlugin[]> =>
  Promise.all(
    specs.map(async (spec) => {
      try {
        return { spec, entry: await loadOne(spec, options) };
      } catch (error) {
        return {
          spec,
          error: isBackupError(error) ? error : toBackupError(error, 'PLUGIN_INVALID', `the plugin "${spec}"`),
        };
      }
    }),
  );

const loadOne = async (spec: string, { configFile }: LoadPluginsOptions): Promise<PluginEntry> => {
  const file = isPath(spec) ? resolve(dirname(configFile), spec) : resolvePackage(spec, configFile);
  const url = pathToFileURL(file).href;
  const module = (await import(url).catch((error: unknown) => {
    throw unloadable(spec, error);
  })) as { readonly default?: unknown };
  return entryOf(validatePlugin(module.default, spec), spec, url);
};

/** `import.meta.resolve` ignores the place to begin from; `require.resolve` does not. */
const resolvePackage = (name: string, configFile: string): string => {
  try {
    return createRequire(configFile).resolve(name);
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ERR_PACKAGE_PATH_NOT_EXPORTED') throw unloadable(name, error);
    const where = findPackageJSON(name, pathToFileURL(configFile));
    throw new BackupError('PLUGIN_INVALID', `cannot load the plugin "${name}": its "exports" have only "import"`, {
      hint: `Ask its author for a "default" in the "exports" of its package.json, or name the file itself by its path${
        where === undefined ? '' : ` (inside ${dirname(where)})`
      }.`,
      context: { plugin: name },
      cause: error,
    });
  }
};
