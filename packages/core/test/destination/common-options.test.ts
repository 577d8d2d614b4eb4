import { commonDestinationOptions, splitDestinationOptions } from '@triplicate/core';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

describe('the common keys of a destination', () => {
  it('are read as people write them', () => {
    const parsed = commonDestinationOptions.parse({
      prefix: 'anna/laptop',
      media: 'hdd',
      removable: true,
      expected: '30d',
      immutable: '4w',
      bandwidth: { up: '2MiB/s', down: '1.5MB/s', hours: '8-23' },
      concurrency: 4,
      retain: { last: 3 },
    });
    expect(parsed).toEqual({
      prefix: 'anna/laptop',
      media: 'hdd',
      removable: true,
      expected: 30 * 86_400_000,
      immutable: 28 * 86_400_000,
      bandwidth: { up: 2_097_152, down: 1_500_000, hours: { from: 8, to: 23 } },
      concurrency: 4,
      retain: { last: 3 },
    });
    expect(commonDestinationOptions.parse(parsed)).toEqual(parsed);
  });

  it.each([
    { prefix: '../up' },
    { prefix: '/abs' },
    { prefix: 'Upper' },
    { media: 'floppy' },
    { expected: '30' },
    { expected: '30 fortnights' },
    { bandwidth: { up: '2MiB' } },
    { bandwidth: { up: '0MiB/s' } },
    { bandwidth: { hours: '8-25' } },
    { bandwidth: { hours: '8-8' } },
    { concurrency: 0 },
    { offsight: true },
  ])('refuse %j', (options) => {
    expect(commonDestinationOptions.safeParse(options).success).toBe(false);
  });

  it('are parted from those of the plugin', () => {
    const raw = { type: 'local', path: '/backup', media: 'hdd', offsite: true, paht: 1 };
    expect(splitDestinationOptions(raw)).toEqual({
      common: { media: 'hdd', offsite: true },
      own: { path: '/backup', paht: 1 },
    });
  });

  it('can be written as a JSON schema', () => {
    const schema = z.toJSONSchema(commonDestinationOptions, { io: 'input' });
    expect(Object.keys(schema.properties ?? {})).toContain('bandwidth');
    expect(JSON.stringify(schema)).toContain('3-2-1');
  });
});
