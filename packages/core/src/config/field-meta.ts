import type { z } from 'zod';
import type { KeyPath } from './problem.ts';

interface Definition {
  readonly shape?: Readonly<Record<string, z.ZodType>>;
  readonly element?: z.ZodType;
  readonly valueType?: z.ZodType;
  /** Of optional, default and the like. */
  readonly innerType?: z.ZodType;
  /** Of a pipe: what is written. */
  readonly in?: z.ZodType;
}

const definitionOf = (schema: z.ZodType): Definition => (schema as { _zod?: { def?: Definition } })._zod?.def ?? {};

/**
 * What the schema's author attached to the field at `path` under `key`, e.g. its description; undefined where there is none, or where a
 * union leaves open which field it is.
 */
export const fieldMeta = (schema: z.ZodType | undefined, path: KeyPath, key: string): unknown => {
  if (schema === undefined) return undefined;
  const [part, ...rest] = path;
  const { shape, element, valueType, innerType, in: input } = definitionOf(schema);
  if (part === undefined) return schema.meta?.()?.[key] ?? fieldMeta(innerType ?? input, path, key);
  if (shape !== undefined) return fieldMeta(shape[String(part)], rest, key);
  if (element !== undefined || valueType !== undefined) return fieldMeta(element ?? valueType, rest, key);
  return fieldMeta(innerType ?? input, path, key);
};
