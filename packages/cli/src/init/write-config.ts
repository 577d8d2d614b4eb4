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

/** What is wrong with a draft, a line each. Writes nothing. */
export const problemsOf = async (draft: Draft, file: string, registry: PluginRegistry): Promise<readonly string[]> => {
  const { problems } = await loadConfig(renderDraft(draft, `./${schemaName}`), { file, registry });
  return problems.map(({ path, message, mend }) => `${path === '' ? '' : `${path}: `}${message}; ${mend}`);
};

/**
 * Checks a draft and writes it (0600; an existing file is never overwritten), with the schema for editors beside it. CONFIG_INVALID with
 * everything that is wrong, and nothing written, when the draft is not a configuration; `before` makes what it names, once it is known to be
 * one.
 */
export const writeConfig = async (
  draft: Draft,
  file: string,
  { registry, before }: { readonly registry: PluginRegistry; readonly before?: () => Promise<void> },
): Promise<WrittenConfig> => {
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
  await before?.();
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(file, text, { mode: 0o600, flag: 'wx' });
  const schema = await configJsonSchema(registry).catch(() => undefined);
  if (schema) await writeFile(join(dirname(file), schemaName), `${JSON.stringify(schema, undefined, 2)}\n`);
  return { config: loaded.config, registry: loaded.registry };
};
