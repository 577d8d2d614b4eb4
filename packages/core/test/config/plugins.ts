import { z } from 'zod';
import { coreEntries, entryOf } from '../../src/plugin/entries.ts';
import type { DestinationPlugin, SourcePlugin, TransformPlugin } from '../../src/plugin/plugin.ts';
import { PluginRegistry } from '../../src/plugin/registry.ts';
import { secretReference } from '../../src/config/secret-reference.ts';
import { BackupError } from '../../src/errors.ts';

// Plugins whose options look like those of real ones. Nothing here opens anything: these tests stop before that.
const notHere = (): never => {
  throw new BackupError('UNSUPPORTED', 'a plugin for tests of the configuration');
};

const source = <Options>(type: string, options: z.ZodType<Options>): SourcePlugin<Options> => ({
  apiVersion: 1,
  kind: 'source',
  type,
  summary: `The source ${type}`,
  options,
  open: notHere,
});

const destination = <Options>(type: string, options: z.ZodType<Options>): DestinationPlugin<Options> => ({
  apiVersion: 1,
  kind: 'destination',
  type,
  summary: `The destination ${type}`,
  options,
  open: notHere,
});

const rot13: TransformPlugin = {
  apiVersion: 1,
  kind: 'transform',
  type: 'rot13',
  stage: 'codec',
  summary: 'Turns letters',
  options: z.strictObject({ rounds: z.int().min(1).default(1) }),
  open: notHere,
};

export const files = source(
  'files',
  z.strictObject({
    paths: z.array(z.string()).min(1).describe('Folders and files'),
    exclude: z.array(z.string()).optional().describe('Patterns of what is left out'),
    oneFileSystem: z.boolean().default(false),
  }),
);
const device = source(
  'device',
  z.strictObject({
    udid: z.union([z.literal('any'), z.string().regex(/^[0-9a-fA-F-]{24,40}$/, 'write "any" or a UDID')]),
    encryption: z.enum(['required', 'preferred']).default('preferred'),
    password: secretReference.optional(),
  }),
);
export const local = destination(
  'local',
  z.strictObject({ path: z.string().min(1).describe('Folder of the replica') }),
);
const s3 = {
  ...destination(
    's3',
    z.strictObject({
      bucket: z.string().min(3).max(63).describe('Name of the bucket'),
      region: z.string().optional(),
      endpoint: z.url().optional().describe('Address of an S3 that is not Amazon'),
      accessKeyId: secretReference.optional(),
      secretAccessKey: secretReference.optional(),
      partSize: z.int().multipleOf(1024).optional(),
    }),
  ),
  canLock: true,
};
const sftp = destination(
  'sftp',
  z.strictObject({
    host: z.string(),
    proxy: z.array(z.string()).optional().meta({ runsCode: true }),
    auth: z
      .discriminatedUnion('method', [
        z.strictObject({ method: z.literal('agent') }),
        z.strictObject({ method: z.literal('password'), password: secretReference }),
      ])
      .optional(),
  }),
);

export const registry = new PluginRegistry([
  ...coreEntries,
  ...[files, device, local, s3, sftp].map((plugin) => entryOf(plugin, `test plugin "${plugin.type}"`)),
  entryOf(rot13, 'test plugin "rot13"', 'file:///rot13.ts'),
]);
