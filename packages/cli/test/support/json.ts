import { expect } from 'vitest';
import type { z } from 'zod';
import * as schemas from '../../src/json/schemas.ts';

type LineSchema = z.ZodObject<{ type: z.ZodLiteral<string> }>;

const isLine = (value: unknown): value is LineSchema =>
  typeof value === 'object' && value !== null && 'shape' in value && 'type' in (value.shape as object);

const all = Object.entries<unknown>(schemas).flatMap(([name, schema]) => (isLine(schema) ? [{ name, schema }] : []));

/** Holds each line against the schemas of `docs/json.md`: one of them has to take it as it is. */
export const expectDocumented = (lines: readonly unknown[]): void => {
  const fitting = lines.map((line) => ({
    line,
    schemas: all.filter(({ schema }) => schema.safeParse(line).success).length,
  }));
  expect(fitting.filter((one) => one.schemas !== 1)).toEqual([]);
};

/** The word after `"type":` of each schema, and for a summary its command. */
export const lineKinds = all.map(({ schema: { shape } }) => ({
  type: shape.type.value,
  fields: Object.keys(shape),
  command: (shape as { command?: z.ZodLiteral<string> }).command?.value,
}));
