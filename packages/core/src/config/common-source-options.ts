import { z } from 'zod';

/** The keys that every source may have in the YAML, whatever its type. They are split off before a plugin sees its own options. */
export const commonSourceOptions = z.strictObject({
  tags: z.array(z.string().min(1).max(100)).default([]).describe('Tags that every snapshot of the source carries'),
});
