/** What the lines of several commands have in common. */
import { z } from 'zod';

export const count = z.int().nonnegative();
export const id = z.string().regex(/^[0-9a-f]{64}$/);
export const timestamp = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/);

/** An error inside another object. */
export const failure = z.strictObject({ code: z.string(), message: z.string(), hint: z.string().optional() });
