import { randomBytes } from 'node:crypto';
import { chmodSync, linkSync, lutimesSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';

const latin1 = (bytes: string): Buffer => Buffer.from(bytes, 'latin1');

const textNames = [
  'plain.txt',
  'a b',
  'new\nline',
  'tab\there',
  '\x01\x1f\x7f\x07\v',
  'quote"quote',
  "single'",
  'back\\slash',
  '\\x41',
  '\\',

  '<html>&amp;',
  '\u2028line\u2029',
  '\u00a0\u00ad\u200b\ufeff',
  'äöü',
  'e\u0301',
  '😀',
  '\u{1fae9}\u{2ebf0}',
  '\u{10ffff}',
  '\ufffd',

  '.hidden',
  '...',
  '-rf',
  '*?[',
  '%41',
  'x'.repeat(255),
  'ＦＦ',
  '\uffee',
  '\u{1f600}z',
];
const byteNames = ['\xff\xfe', 'half \xe2\x82', '\xc0\xaf', '\xed\xa0\x80', 'mixed \xff <\xc3\xa4>'];

/** File names that a careless writer or reader spoils. */
export const hardNames: readonly Buffer[] = [
  ...textNames.map((name) => Buffer.from(name, 'utf8')),
  ...byteNames.map(latin1),
];

/** A folder that has everything a POSIX file system can give to a backup. */
export const makeHardTree = (root: string, { rawLinks }: { readonly rawLinks: boolean }): void => {
  const inRoot = (name: Buffer): Buffer => Buffer.concat([Buffer.from(`${root}/`), name]);
  mkdirSync(join(root, 'sub', 'deep', 'empty'), { recursive: true });
  for (const [index, name] of hardNames.entries()) writeFileSync(inRoot(name), `content ${index}`);
  // Longer than restic's longest chunk, so that it has two at least.
  writeFileSync(join(root, 'sub', 'large'), randomBytes(8_500_000));
  writeFileSync(join(root, 'sub', 'repeating'), 'the same again '.repeat(100_000));
  writeFileSync(join(root, 'sub', 'nothing'), '');
  linkSync(join(root, 'sub', 'large'), join(root, 'sub', 'second name'));
  symlinkSync('target "<&>" \u2028', join(root, 'sub', 'link'));
  if (rawLinks) symlinkSync(latin1('../\xff\xfe'), join(root, 'sub', 'raw link'));
  spawnSync('mkfifo', [join(root, 'sub', 'pipe')]);
  spawnSync('setfattr', ['-n', 'user.triplicate', '-v', 'a value', join(root, 'sub', 'nothing')]);
  chmodSync(join(root, 'plain.txt'), 0o4755);
  chmodSync(join(root, 'sub', 'nothing'), 0o000);
  chmodSync(join(root, 'sub', 'deep'), 0o1777);
  utimesSync(join(root, 'äöü'), 1.5, 86_400.25);
  lutimesSync(join(root, 'sub', 'link'), 4_000_000_000, 4_000_000_000);
};
