import { byteSize, hasOpenBracket } from '@triplicate/core';
import { z } from 'zod';

const pattern = z
  .string()
  .min(1)
  .refine((text) => !hasOpenBracket(text), 'a pattern with a [ that no ] closes; write \\[ for the character itself')
  .refine(
    (text) => text.replace(/^!/, '').replaceAll('/', '').trim() !== '',
    'a pattern that names nothing; write a name or a pattern, e.g. "*.tmp"',
  );

const path = z
  .string()
  .min(1)
  .refine(
    (text) => !text.includes('\0'),
    'a path with a NUL character, which no system has; write the path without it',
  );

export const filesOptions = z.strictObject({
  paths: z
    .array(path)
    .min(1)
    .describe('Files and folders; ~ is the home folder, a relative path counts from the configuration'),
  exclude: z
    .array(pattern)
    .optional()
    .describe(
      'Patterns of what to leave out: "*.tmp" at any depth, "/var/tmp" from the root, "cache/" folders, "!x" takes back',
    ),
  excludeFrom: z.array(path).optional().describe('Files with such patterns, one a line; # begins a comment'),
  ignoreFiles: z
    .array(
      z
        .string()
        .min(1)
        .regex(/^[^/\\]+$/, 'a name, not a path'),
    )
    .optional()
    .describe('Names of files whose patterns hold for the folder they stand in, e.g. .gitignore'),
  excludeCaches: z
    .boolean()
    .optional()
    .describe('Leave out what is in folders with a valid CACHEDIR.TAG (bford.info/cachedir)'),
  excludeIfPresent: z
    .array(
      z
        .string()
        .min(1)
        .regex(/^[^/\\]+$/, 'a name, not a path'),
    )
    .optional()
    .describe('Leave out what is in folders that hold a file of such a name, e.g. .nobackup'),
  excludeLargerThan: byteSize.optional().describe('Leave out files larger than this, e.g. 2GiB'),
  oneFileSystem: z
    .boolean()
    .optional()
    .describe('Stay on the file systems of the paths; a mount point is kept as an empty folder'),
  ignoreInode: z
    .boolean()
    .optional()
    .describe('A file with another inode and the same size and times is unchanged (for network file systems)'),
  ignoreCtime: z
    .boolean()
    .optional()
    .describe('A file whose attributes alone changed is unchanged: its content is not read again'),
  atime: z.boolean().optional().describe('Keep the time of the last access too'),
});

export type FilesOptions = z.infer<typeof filesOptions>;
