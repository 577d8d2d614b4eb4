/** Lines of `schedule`. */
import { z } from 'zod';

export const unit = z.strictObject({
  type: z.literal('unit'),
  system: z.enum(['systemd', 'launchd', 'task-scheduler']),
  name: z.string(),
  folder: z.string(),
  text: z.string(),
});
