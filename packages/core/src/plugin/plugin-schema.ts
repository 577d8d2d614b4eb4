import { z } from 'zod';
import { pluginApiVersion } from './plugin.ts';

/** The word after `type:`, or the key of a transform's step. */
export const typePattern = /^[a-z0-9][a-z0-9-]*$/;

type Shape = Readonly<Record<string, unknown>>;
interface ObjectDefinition {
  readonly type: string;
  readonly shape?: Shape;
  readonly catchall?: { readonly _zod: { readonly def: { readonly type: string } } };
}

/** By shape and not by `instanceof`: a plugin may bring its own copy of zod. */
export const definitionOf = (schema: unknown): ObjectDefinition | undefined =>
  (schema as { _zod?: { def?: ObjectDefinition } } | undefined)?._zod?.def;

const isZodSchema = (value: unknown): boolean =>
  definitionOf(value) !== undefined && typeof (value as { safeParse?: unknown }).safeParse === 'function';

/** An object that lets unknown keys pass would swallow a person's typing mistakes. */
const isStrict = (value: unknown): boolean => {
  const definition = definitionOf(value);
  return definition?.type !== 'object' || definition.catchall?._zod.def.type === 'never';
};

const aFunction = z.custom<(...parts: never[]) => unknown>(
  (value) => typeof value === 'function',
  'must be a function',
);

const base = {
  apiVersion: z.literal(pluginApiVersion, `must be ${pluginApiVersion}, the version of the contract`),
  type: z.string().regex(typePattern, 'must be a word of a-z, 0-9 and "-"'),
  summary: z.string('must be one sentence').min(1, 'must be one sentence'),
  options: z.custom<z.ZodType>(isZodSchema, 'must be a schema of zod 4').refine(isStrict, 'must be a z.strictObject'),
  open: aFunction,
};

/** What the default export of a plugin's module has to be. Extra members are the plugin's own affair. */
export const pluginSchema = z.discriminatedUnion(
  'kind',
  [
    z.looseObject({ ...base, kind: z.literal('source'), openTarget: aFunction.optional() }),
    z.looseObject({
      ...base,
      kind: z.literal('destination'),
      canLock: z.boolean('must be true or false').optional(),
      insteadOfLock: z.string('must be a sentence').optional(),
      signIn: aFunction.optional(),
    }),
    z.looseObject({
      ...base,
      kind: z.literal('transform'),
      stage: z.enum(['chunker', 'codec'], 'must be "chunker" or "codec"'),
    }),
  ],
  { error: 'must be "source", "destination" or "transform"' },
);
