import { byteSize, secretReference } from '@triplicate/core';
import { z } from 'zod';

/** The limits of S3: https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
export const mostParts = 10_000;
export const smallestPart = 5 * 1024 * 1024;
const largestPart = 1024 * 1024 * 1024;

/** Objects in these have to be thawed for hours before they can be read; a repository must be readable at once. */
const archives: ReadonlySet<string> = new Set(['GLACIER', 'DEEP_ARCHIVE', 'SNOW', 'OUTPOSTS']);

const endpoint = z
  .url({ protocol: /^https?$/, abort: true, error: 'write an address, e.g. https://s3.eu-central-003.backblazeb2.com' })
  .refine((text) => new URL(text).username === '' && new URL(text).password === '', 'leave user and password out of it')
  .refine((text) => new URL(text).search === '', 'leave out what follows "?"');

export const s3Options = z.strictObject({
  bucket: z
    .string()
    .regex(/^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$/i, 'write the name of a bucket: 3 to 63 letters, digits, "." and "-"')
    .describe('The bucket; it has to be there'),
  region: z
    .string()
    .regex(/^[a-z0-9-]+$/i, 'write a region, e.g. eu-central-1')
    .default('us-east-1')
    .describe('Region of the bucket; many other providers than Amazon do not care'),
  endpoint: endpoint.optional().describe("Address of the service; Amazon's own for the region when left out"),
  pathStyle: z
    .boolean()
    .optional()
    .describe('Whether the bucket stands in the path instead of the host name; yes with an endpoint, no for Amazon'),
  accessKeyId: z
    .union([z.string().min(1), secretReference])
    .optional()
    .describe("The key's id, which is no secret, or where it is; without it, the usual places of Amazon's tools apply"),
  secretAccessKey: secretReference.optional().describe("Where the key's secret is"),
  sessionToken: secretReference.optional().describe('Where the token of temporary credentials is'),
  profile: z.string().min(1).optional().describe('Profile in ~/.aws/config and ~/.aws/credentials'),
  ca: z
    .string()
    .min(1)
    .optional()
    .describe(
      'File with the certificate (PEM) of the authority that the service is trusted by, besides the usual ones',
    ),
  storageClass: z
    .string()
    .regex(/^[A-Z0-9_]+$/, 'write a storage class as the provider does, e.g. STANDARD_IA')
    .refine((name) => !archives.has(name), 'objects in it cannot be read at once; GLACIER_IR can')
    .optional()
    .describe('Storage class of packs, e.g. STANDARD_IA or GLACIER_IR; all small objects stay in the standard class'),
  encryption: z
    .enum(['AES256', 'aws:kms', 'aws:kms:dsse'])
    .optional()
    .describe('Encryption by the server, on top of our own; the setting of the bucket when left out'),
  kmsKey: z.string().min(1).optional().describe('Id of the key that the server encrypts with'),
  lockMode: z
    .enum(['compliance', 'governance'])
    .default('compliance')
    .describe('With "immutable": whether nobody can delete earlier, or those with a special permission can'),
  checksum: z
    .enum(['auto', 'when_required'])
    .default('auto')
    .describe('Whether CRC-32 is tried before MD5; services that refuse it are met half-way by "auto" as well'),
  conditionalPut: z
    .enum(['auto', 'never'])
    .default('auto')
    .describe('Whether "write only where nothing is" is left to the service, once it has shown that it can'),
  partSize: byteSize
    .refine((size) => size >= smallestPart && size <= largestPart, 'from 5MiB to 1GiB')
    .default(32 * 1024 * 1024)
    .describe('Larger objects are sent in parts of this size, and one part is held in memory for each call'),
  appendOnly: z
    .boolean()
    .default(false)
    .describe('The credentials cannot delete: no locks are taken here and nothing is pruned'),
  egress: z
    .enum(['paid', 'free'])
    .default('paid')
    .describe('Whether reading costs money; from where it is free, other destinations catch up'),
});

export type S3Options = z.infer<typeof s3Options>;
