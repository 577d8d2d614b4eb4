import { describe, expect, it } from 'vitest';
import { s3Options } from '../src/index.ts';

const valid = (more: Record<string, unknown>): boolean => s3Options.safeParse({ bucket: 'backups', ...more }).success;

describe('the options of s3', () => {
  it('are a bucket, and nothing else has to be said', () => {
    expect(s3Options.parse({ bucket: 'backups' })).toMatchObject({
      region: 'us-east-1',
      egress: 'paid',
      appendOnly: false,
    });
    expect(s3Options.safeParse({}).success).toBe(false);
    expect(valid({ bukket: 'typo' })).toBe(false);
  });

  it('take no secret as it is, and none hidden in an address', () => {
    expect(valid({ accessKeyId: 'AKIA', secretAccessKey: 'literal' })).toBe(false);
    expect(valid({ accessKeyId: 'AKIA', secretAccessKey: { env: 'SECRET' } })).toBe(true);
    expect(valid({ endpoint: 'https://key:secret@s3.example.org' })).toBe(false);
    expect(valid({ endpoint: 'https://s3.example.org/?token=x' })).toBe(false);
    expect(valid({ endpoint: 'ftp://s3.example.org' })).toBe(false);
    expect(valid({ endpoint: 'https://s3.example.org' })).toBe(true);
  });

  it('take no storage class that cannot be read at once', () => {
    expect(['STANDARD_IA', 'GLACIER_IR', 'ONEZONE_IA'].every((storageClass) => valid({ storageClass }))).toBe(true);
    expect(['GLACIER', 'DEEP_ARCHIVE', 'glacier'].some((storageClass) => valid({ storageClass }))).toBe(false);
  });

  it('keep parts within what the protocol takes', () => {
    expect(valid({ partSize: '5MiB' })).toBe(true);
    expect(valid({ partSize: '4MiB' })).toBe(false);
    expect(valid({ partSize: '2GiB' })).toBe(false);
  });
});
