/** The lines of `config`. */
import { z } from 'zod';

const count = z.int().nonnegative();

/** One mistake in the configuration, or with `untrusted` one thing that it is not trusted to run. */
export const problem = z.strictObject({
  type: z.literal('problem'),
  file: z.string(),
  line: count,
  column: count,
  path: z.string(),
  message: z.string(),
  mend: z.string(),
  untrusted: z.literal(true).optional(),
});

/** The last line of `config check`. */
export const configSummary = z.strictObject({
  type: z.literal('summary'),
  file: z.string(),
  origin: z.enum(['option', 'environment', 'working-folder', 'user-folder']),
  trusted: z.boolean(),
  problems: count,
  pipelines: z.array(z.string()),
});

/** `config show`: what is in force. */
export const config = z.strictObject({
  type: z.literal('config'),
  file: z.string(),
  config: z.record(z.string(), z.unknown()),
});

/** `config schema`. */
export const configSchema = z.strictObject({ type: z.literal('schema'), schema: z.record(z.string(), z.unknown()) });

/** `config trust`. */
export const trust = z.strictObject({
  type: z.literal('trust'),
  file: z.string(),
  trusted: z.boolean(),
  runs: count,
  code: z.array(
    z.strictObject({
      line: z.int().positive(),
      column: z.int().positive(),
      path: z.string(),
      command: z.array(z.string()),
    }),
  ),
});
