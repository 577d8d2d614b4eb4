import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { configJsonSchema } from '../../src/config/json-schema.ts';
import { registry } from './plugins.ts';

const schema = await configJsonSchema(registry);
/** Read back by another way than the one it was written by. */
const accepts = (yaml: string): boolean => z.fromJSONSchema(schema).safeParse(parse(yaml, { merge: true })).success;

const good = `version: 1
plugins: [triplicate-dest-tape]
pipelines:
  home:
    sources:
      phone: { type: device, udid: any, password: { keychain: anna }, tags: [phone] }
      docs: { type: files, paths: [~/docs] }
    transforms: [dedupe: { average: 2MiB }, compress, rot13: { rounds: 2 }, lz: { level: 3 }, brotli, encrypt: { password: { env: PW } }]
    destinations:
      disk: { type: local, path: /disk, removable: true, expected: 30d, retain: { daily: 7 } }
      box: { type: sftp, host: box, auth: { method: password, password: { file: /pw } }, bandwidth: { up: 2MiB/s, hours: 8-23 } }
      tape: { type: tape, drive: 3, media: tape }
    schedule: { cron: "@daily", jitter: 10m }
    retain: { last: 3, within: 2w }
    notify: [{ type: webhook, url: { env: URL } }, desktop]
`;

describe('the JSON Schema for editors', () => {
  it('accepts what is right, with plugins that it has never heard of', () => {
    expect(accepts(good)).toBe(true);
  });

  it.each([
    ['a misspelt top key', 'plugins:', 'plugin:'],
    ['a misspelt key of a pipeline', 'schedule:', 'shedule:'],
    ['a misspelt common key', 'removable', 'removeable'],
    ['a misspelt option', 'paths', 'path'],
    ['a wrong type', 'udid: any', 'udid: 3'],
    ['a literal secret', '{ keychain: anna }', 'hunter2'],
    ['a duration without a unit', '30d', '30'],
    ['a transform with a wrong option', 'average: 2MiB', 'average: 2'],
    ['a policy with a wrong rule', 'retain: { daily: 7 }', 'retain: { dayly: 7 }'],
    ['a name in capitals', 'home:', 'Home:'],
    ['a step without the options that it needs', 'encrypt: { password: { env: PW } }', 'encrypt'],
    ['a notification that is a word and needs an address', ', desktop]', ', webhook]'],
    ['another version', 'version: 1', 'version: 2'],
  ])('refuses %s', (_, right, wrong) => {
    expect(good).toContain(right);
    expect(accepts(good.replace(right, wrong))).toBe(false);
  });

  it('says what each key is for, and has no marks of our own in it', () => {
    const text = JSON.stringify(schema);
    for (const mark of ['"secret":true', '"quantity"', '"runsCode"']) expect(text).not.toContain(mark);
    const { properties } =
      (schema['definitions'] as Record<string, { properties: Record<string, object> }>)['destination-local'] ?? {};
    for (const [key, value] of Object.entries(properties ?? {}))
      expect(`${key}: ${'description' in value || 'const' in value}`).toBe(`${key}: true`);
  });
});
