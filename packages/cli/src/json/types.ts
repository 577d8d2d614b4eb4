import type { z } from 'zod';
import type * as schemas from './schemas.ts';
import type { failure } from './shared.ts';

type SchemaName = {
  [Name in keyof typeof schemas]: (typeof schemas)[Name] extends z.ZodObject<{ type: z.ZodLiteral }> ? Name : never;
}[keyof typeof schemas];

/** One line, by the name of its schema. */
export type Line<Name extends SchemaName> = z.infer<(typeof schemas)[Name]>;

/** Any line that `--json` prints. */
export type JsonLine = Line<SchemaName>;

export type JsonFailure = z.infer<typeof failure>;
export type JsonOutcome = z.infer<typeof schemas.outcome>;
