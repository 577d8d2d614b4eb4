import type { PluginRegistry } from '../plugin/registry.ts';
import { findConfig, type FoundConfig } from './find-config.ts';
import { loadConfig } from './load-config.ts';
import type { Surroundings } from './surroundings.ts';
import { type Runnable, whatRuns } from './what-runs.ts';

export interface ReviewOptions {
  readonly surroundings: Surroundings;
  readonly registry: PluginRegistry;
  readonly explicit?: string | undefined;
}

export interface ReviewedConfig {
  readonly found: FoundConfig;
  /** Everything in it that would run a program, for a person to look at before it is trusted. */
  readonly code: readonly Runnable[];
}

/** What one agrees to by trusting the configuration. Runs none of it. */
export const reviewConfig = async ({ surroundings, registry, explicit }: ReviewOptions): Promise<ReviewedConfig> => {
  const found = await findConfig(surroundings, explicit);
  const { problems, document } = await loadConfig(found.text, { file: found.file, registry, trusted: false });
  return {
    found,
    code: whatRuns(
      document,
      problems.filter(({ untrusted }) => untrusted === true),
    ),
  };
};
