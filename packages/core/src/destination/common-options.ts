import { z } from 'zod';
import { byteRate, duration } from '../config/units.ts';
import { isKey } from './destination.ts';

const hours = z
  .union([
    z
      .string()
      .regex(/^([01]?\d|2[0-3])-([01]?\d|2[0-4])$/, 'write the hours of a day, e.g. 8-23, or 22-6 over midnight'),
    z.strictObject({ from: z.int().min(0).max(23), to: z.int().min(0).max(24) }),
  ])
  .transform((value) => {
    if (typeof value !== 'string') return value;
    const [from = 0, to = 0] = value.split('-').map(Number);
    return { from, to };
  })
  .refine(({ from, to }) => from !== to, 'an empty span of hours; leave "hours" out for the whole day');

/** Bytes a second in each direction, and the hours of the day (local time, `to` excluded) in which they hold; outside of them nothing is held back. */
export const bandwidth = z.strictObject({
  up: byteRate.optional().describe('Most bytes a second to this destination, e.g. 2MiB/s'),
  down: byteRate.optional().describe('Most bytes a second from this destination'),
  hours: hours
    .optional()
    .describe('Hours of the day in which the limit holds, e.g. "8-23"; the whole day when left out'),
});

export type Bandwidth = z.infer<typeof bandwidth>;

export const media = z.enum(['hdd', 'ssd', 'usb', 'nas', 'cloud', 'tape', 'other']);
export type Media = z.infer<typeof media>;

/**
 * The keys that every destination may have in the YAML, whatever its type. They are split off before a plugin sees its own options.
 * `retain` is left as it is: the retention policy has a schema of its own.
 */
export const commonDestinationOptions = z.strictObject({
  prefix: z
    .string()
    .max(100)
    .refine(isKey, 'write folder names of a-z, 0-9, ".", "_" and "-", joined by "/"')
    .optional()
    .describe('Folder inside the destination that holds this repository'),
  media: media.optional().describe('What the data lies on; two kinds are one part of the 3-2-1 rule'),
  offsite: z
    .boolean()
    .optional()
    .describe('Whether it stands at another place; one such copy is part of the 3-2-1 rule'),
  removable: z
    .boolean()
    .optional()
    .describe('May be absent, e.g. a disk that is plugged in now and then: absent is skipped, not failed'),
  expected: duration
    .optional()
    .describe('How often a removable destination should turn up, e.g. 30d; status warns when it did not'),
  immutable: duration.optional().describe('How long nothing stored here can be deleted, e.g. 30d'),
  bandwidth: bandwidth.optional().describe('Limits on the bytes a second'),
  concurrency: z
    .int()
    .min(1)
    .max(256)
    .optional()
    .describe('Most calls at the same time; the destination has a default of its own'),
  retain: z.unknown().optional().describe('What to keep here, instead of the policy of the pipeline'),
  readOnly: z.boolean().optional().describe('Restore and check only: nothing is written or deleted here'),
});

export type CommonDestinationOptions = z.infer<typeof commonDestinationOptions>;
/** As a person writes it. */
export type CommonDestinationInput = z.input<typeof commonDestinationOptions>;

const commonKeys: ReadonlySet<string> = new Set(Object.keys(commonDestinationOptions.shape));

/** Parts one destination of the YAML into the keys above and the plugin's own; neither is checked here. `type` is in neither. */
export const splitDestinationOptions = (
  raw: Readonly<Record<string, unknown>>,
): { readonly common: Record<string, unknown>; readonly own: Record<string, unknown> } => {
  const entries = Object.entries(raw).filter(([key]) => key !== 'type');
  return {
    common: Object.fromEntries(entries.filter(([key]) => commonKeys.has(key))),
    own: Object.fromEntries(entries.filter(([key]) => !commonKeys.has(key))),
  };
};
