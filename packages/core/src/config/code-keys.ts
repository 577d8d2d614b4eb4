import { z } from 'zod';
import type { Finding, KeyPath } from './problem.ts';

const mend = 'look at what it runs, and then allow it with `triplicate config trust`';
const untrusted = (path: KeyPath, what: string): Finding => ({
  path,
  at: 'key',
  message: `${what} from a configuration that is not trusted`,
  mend,
  untrusted: true,
});

/**
 * Everything in a document that would run a program: plugins, hooks, `command:` secrets, and options that a plugin marks with
 * `.meta({ runsCode: true })`. It errs on the side of finding too much.
 */
export const findCodeKeys = (document: unknown): Finding[] => {
  if (!isRecord(document)) return [];
  const plugins = Array.isArray(document['plugins']) ? document['plugins'] : [];
  return [
    ...plugins.map((_, index) => untrusted(['plugins', index], 'code of a plugin')),
    ...findInside(document['pipelines'], ['pipelines'], new Set()),
  ];
};

const findInside = (value: unknown, path: KeyPath, above: ReadonlySet<unknown>): Finding[] => {
  if (typeof value !== 'object' || value === null || above.has(value)) return [];
  const inside = new Set([...above, value]);
  return Object.entries(value).flatMap(([key, child]) => {
    const here = [...path, Array.isArray(value) ? Number(key) : key];
    if (key === 'command') return [untrusted(here, 'a command')];
    if (key === 'hooks' && path.length === 2) return [untrusted(here, 'hooks')];
    return findInside(child, here, inside);
  });
};

/** The options of one plugin's use that run code because the plugin says so. */
export const findMarkedOptions = (
  schema: unknown,
  options: Readonly<Record<string, unknown>>,
  path: KeyPath,
): Finding[] => {
  const shape = (schema as { shape?: Readonly<Record<string, z.ZodType>> }).shape ?? {};
  return Object.keys(options)
    .filter((key) => shape[key]?.meta?.()?.['runsCode'] === true)
    .map((key) => untrusted([...path, key], `"${key}" runs a program`));
};

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
