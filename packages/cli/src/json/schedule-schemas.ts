/** Lines of `schedule`. */
import { z } from 'zod';

export const unit = z.strictObject({
  type: z.literal('unit'),
  system: z.enum(['systemd', 'launchd', 'task-scheduler']),
  name: z.string(),
  folder: z.string(),
  text: z.string(),
  /** Of `show`: of this file, and of its pipeline. */
  installed: z.enum(['same', 'differs', 'absent']).optional(),
  enabled: z.boolean().optional(),
});
