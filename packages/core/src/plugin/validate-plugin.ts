import { BackupError } from '../errors.ts';
import type { Plugin } from './plugin.ts';
import { definitionOf, pluginSchema } from './plugin-schema.ts';
import { reservedKeys } from './reserved-keys.ts';

/**
 * The plugin that `value`, the default export of `origin`, is. PLUGIN_INVALID names the origin and every rule that it breaks; nothing of
 * the plugin is run.
 */
export const validatePlugin = (value: unknown, origin: string): Plugin => {
  if (typeof value !== 'object' || value === null)
    throw invalid(
      origin,
      ['the default export must be a plugin object'],
      value === undefined ? hints.noDefault : hints.contract,
    );
  const parsed = pluginSchema.safeParse(value);
  const broken = parsed.success
    ? findReserved(value as Plugin)
    : parsed.error.issues.map(({ path, message }) => `"${path.join('.') || 'kind'}" ${message}`);
  if (broken.length > 0) throw invalid(origin, broken, hints.contract);
  // The object itself and not zod's copy of it: `open` may be a method that needs its `this`.
  return value as Plugin;
};

const hints = {
  noDefault: 'Export one plugin object as the default export of the module.',
  contract: 'Correct the plugin, or install a version of it that is made for this version of triplicate.',
};

const findReserved = ({ kind, options }: Plugin): string[] => {
  const shape = definitionOf(options)?.shape ?? {};
  return reservedKeys[kind]
    .filter((key) => Object.hasOwn(shape, key))
    .map((key) => `"options.${key}" is a key that every ${kind} has already`);
};

const invalid = (origin: string, rules: readonly string[], hint: string): BackupError =>
  new BackupError('PLUGIN_INVALID', `"${origin}" is not a plugin: ${rules.join('; ')}`, {
    hint,
    context: { plugin: origin },
  });
