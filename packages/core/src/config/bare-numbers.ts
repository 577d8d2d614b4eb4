import type { z } from 'zod';
import { fieldMeta } from './field-meta.ts';
import type { Finding, KeyPath } from './problem.ts';

/**
 * Numbers where a quantity with a unit is wanted. The schemas take them, because what was parsed has to parse again; but a person who
 * writes `expected: 30` does not mean milliseconds.
 */
export const findBareNumbers = (schema: z.ZodType, value: unknown, base: KeyPath, path: KeyPath = []): Finding[] => {
  if (typeof value === 'number') {
    const wanted = fieldMeta(schema, path, 'quantity');
    if (typeof wanted !== 'string' || value === 0) return [];
    return [{ path: [...base, ...path], at: 'value', message: `${value} has no unit`, mend: `write ${wanted}` }];
  }
  if (typeof value !== 'object' || value === null || path.length > deepest) return [];
  return Object.entries(value).flatMap(([key, child]) =>
    findBareNumbers(schema, child, base, [...path, Array.isArray(value) ? Number(key) : key]),
  );
};

/** Far deeper than any schema; a circle of aliases ends there. */
const deepest = 8;
