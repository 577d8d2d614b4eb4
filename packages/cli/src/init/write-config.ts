import {
  BackupError,
  configJsonSchema,
  formatProblems,
  loadConfig,
  type Config,
  type PluginRegistry,
} from '@triplicate/core';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { renderDraft, type Draft } from './draft.ts';

export interface WrittenConfig {
  readonly config: Config;
  readonly registry: PluginRegistry;
}

const schemaName = 'triplicate.schema.json';

/**
 * Checks a draft and writes it (0600; an existing file is never overwritten), with the schema for editors beside it. CONFIG_INVALID with
 * everything that is wrong, and nothing written, when the draft is not a configuration.
 */
export const writeConfig = async (draft: Draft, file: string, registry: PluginRegistry): Promise<WrittenConfig> => {
  const text = renderDraft(draft, `./${schemaName}`);
  const loaded = await loadConfig(text, { file, registry });
  if (loaded.config === undefined) {
    throw new BackupError(
      'CONFIG_INVALID',
      `this would be no configuration:\n${formatProblems(file, loaded.problems)}`,
      {
        hint: 'nothing was written; correct what you gave',
      },
    );
  }
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(file, text, { mode: 0o600, flag: 'wx' });
  const schema = await configJsonSchema(registry).catch(() => undefined);
  if (schema) await writeFile(join(dirname(file), schemaName), `${JSON.stringify(schema, undefined, 2)}\n`);
  return { config: loaded.config, registry: loaded.registry };
};
