import { BackupError } from '../errors.ts';
import type { PluginRegistry } from '../plugin/registry.ts';
import type { Config } from './config.ts';
import { findConfig, type ConfigOrigin } from './find-config.ts';
import { loadConfig, type LoadedConfig } from './load-config.ts';
import { formatProblems } from './problem.ts';
import type { Surroundings } from './surroundings.ts';
import { isTrusted } from './trust.ts';

export interface OpenConfigOptions {
  readonly surroundings: Surroundings;
  readonly registry: PluginRegistry;
  /** What `--config` names; relative to the working folder. */
  readonly explicit?: string | undefined;
}

export interface CheckedConfig extends LoadedConfig {
  readonly file: string;
  readonly origin: ConfigOrigin;
  readonly trusted: boolean;
}

/** Finds the configuration and everything that is wrong with it. CONFIG_INVALID when there is none to look at. */
export const checkConfig = async ({ surroundings, registry, explicit }: OpenConfigOptions): Promise<CheckedConfig> => {
  const found = await findConfig(surroundings, explicit);
  const trusted = await isTrusted(found, surroundings);
  const loaded = await loadConfig(found.text, { file: found.file, registry, trusted });
  return { ...loaded, file: found.file, origin: found.origin, trusted };
};

export interface OpenedConfig {
  readonly config: Config;
  /** What the text says, as plain values; see `showConfig`. */
  readonly document: unknown;
  /** With the plugins of the configuration. */
  readonly registry: PluginRegistry;
}

/** The configuration for a command that works with it. CONFIG_INVALID carries every mistake, ready to print. */
export const openConfig = async (options: OpenConfigOptions): Promise<OpenedConfig> => {
  const { config, document, registry, file, problems } = await checkConfig(options);
  if (config !== undefined) return { config, document, registry };
  const count = problems.length === 1 ? 'a mistake' : `${problems.length} mistakes`;
  throw new BackupError('CONFIG_INVALID', `${count} in the configuration\n${formatProblems(file, problems)}`, {
    hint: 'Correct the file; `triplicate config check` looks at it again.',
    context: { file, problems: problems.length },
  });
};
