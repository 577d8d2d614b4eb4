/** A folder of everything that is hard to back up. Names are bytes, as latin1. */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  closeSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  openSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { type BytePath, bytesFromText, setPathTimes, writeXattr } from '@triplicate/core';
import { seededBytes } from './sample-tree.ts';

export interface HardTreeOptions {
  readonly seed: number;
  /** Of the full size: a file of 5 GiB, a sparse one of 1 GiB, a folder of 100,000 entries. */
  readonly percent: number;
}

const gibibyte = 1024 ** 3;
const isRoot = process.getuid?.() === 0;
const raw = (path: string): Buffer => Buffer.from(path, 'latin1');
const utf8 = (text: string): string => Buffer.from(text).toString('latin1');

const names: readonly string[] = [
  'new\nline',
  '"double" and \'single\' quotes',
  'back\\slash',
  '\\n is not a newline \\xff \\u2028',
  utf8('emoji 🗄️ and 👩‍👩‍👧'),
  utf8('naïve in one letter and nai\u0308ve in two'),
  utf8('line separator \u2028 and a mark \u202e'),
  'tab\t, bell \u0007 and delete \u007f',
  '\xff\xfe not UTF-8',
  'half of an emoji \xf0\x9f\x97',
  'surrogate \xed\xa0\x80',
  ' blanks around ',
  '-rf',
  '*?[a-z]{x,y}$HOME`id`',
  '<html>&amp;',
  '...',
  '~',
  'a'.repeat(255),
  utf8('é'.repeat(127)),
  '\xff'.repeat(255),
];

const modes = [0o000, 0o001, 0o222, 0o444, 0o777, 0o1644, 0o2755, 0o4755, 0o7777];
/** 1905, the last nanosecond before 1970, 2038 and on, and a fraction that a double does not hold. */
const times = [
  -2_051_222_400_000_000_001n,
  -1n,
  0n,
  1n,
  2_147_483_648_999_999_999n,
  1_700_000_000_123_456_789n,
  7_258_118_400_000_000_007n,
];

export const writeHardTree = (root: string, options: HardTreeOptions): void => {
  const at = (name: string): string => `${utf8(root)}/${name}`;
  const file = (name: string, content: string | Uint8Array = name): void => writeFileSync(raw(at(name)), content);
  for (const folder of ['', 'names', 'modes', 'times', 'links', 'attributes', 'large', 'many'])
    mkdirSync(raw(at(folder)), { recursive: true });
  for (const name of names) {
    file(`names/${name}`);
    mkdirSync(raw(at(`names/${name.slice(0, 253)}.d`)));
    file(`names/${name.slice(0, 253)}.d/inside`);
  }
  file('empty', '');
  mkdirSync(raw(at('empty folder')));
  for (const mode of modes) {
    const name = `modes/${mode.toString(8)}`;
    file(name);
    mkdirSync(raw(at(`${name}.d`)));
    file(`${name}.d/inside`);
    if (isRoot) chownSync(raw(at(name)), 12_345, 54_321);
    for (const path of [name, `${name}.d`]) chmodSync(raw(at(path)), mode);
  }
  execFileSync('mkfifo', [`${root}/fifo`]);
  writeLinks(at, file);
  writeAttributes(at, file);
  writeLarge(at, options);
  const many = (100_000 * options.percent) / 100;
  for (let i = 0; i < many; i += 1) file(`many/entry ${i}`, i % 2 === 0 ? '' : `${options.seed} ${i}`);
  // Last, since whatever is put into a folder changes its time.
  for (const [i, mtimeNs] of times.entries()) {
    const path = at(`times/${i}`);
    writeFileSync(raw(path), `${mtimeNs}`);
    mkdirSync(raw(`${path}.d`));
    symlinkSync('nowhere', raw(`${path}.link`));
    for (const one of [path, `${path}.d`, `${path}.link`]) setPathTimes(one as BytePath, { atimeNs: mtimeNs, mtimeNs });
  }
};

type At = (name: string) => string;

const writeLinks = (at: At, file: (name: string, content?: string | Uint8Array) => void): void => {
  const targets = [
    'nowhere',
    '.',
    '../names',
    '/etc/passwd',
    'self',
    '\xff\xfe',
    utf8('🗄️'),
    'a/'.repeat(2000),
    ' ',
    '\n',
  ];
  for (const [i, target] of targets.entries()) symlinkSync(raw(target), raw(at(`links/symbolic ${i}`)));
  symlinkSync('self', raw(at('links/self')));
  file('links/first', seededBytes(5, 3_000_000));
  for (const name of ['links/second', 'names/third', 'large/fourth']) linkSync(raw(at('links/first')), raw(at(name)));
  file('links/empty', '');
  linkSync(raw(at('links/empty')), raw(at('links/empty too')));
  // Two names of a link and of a pipe.
  linkSync(raw(at('links/symbolic 0')), raw(at('links/symbolic 0 too')));
};

const writeAttributes = (at: At, file: (name: string) => void): void => {
  const set = (name: string, attribute: string, value: Uint8Array): void =>
    writeXattr(at(name) as BytePath, bytesFromText(attribute), value);
  for (const name of ['attributes/file', 'attributes/capable']) file(name);
  mkdirSync(raw(at('attributes/folder')));
  for (const name of ['attributes/file', 'attributes/folder']) {
    set(name, 'user.text', Buffer.from('some text'));
    set(name, 'user.empty', Buffer.alloc(0));
    set(name, 'user.binary', Buffer.from([0, 255, 10, 0]));
    set(name, utf8('user.naïve "quoted"'), seededBytes(6, 1500));
  }
  if (!isRoot) return;
  set('attributes/file', 'trusted.own', Buffer.from('root'));
  // The effective capability to bind to low ports, as setcap writes it.
  set('attributes/capable', 'security.capability', Buffer.from('0100000200040000000000000000000000000000', 'hex'));
};

const writeLarge = (at: At, { seed, percent }: HardTreeOptions): void => {
  const whole = openSync(raw(at('large/whole')), 'w');
  const piece = 16 * 1024 * 1024;
  for (let left = Math.round((5 * gibibyte * percent) / 100), i = 0; left > 0; left -= piece, i += 1)
    writeSync(whole, seededBytes(seed + i, Math.min(piece, left)));
  closeSync(whole);
  const sparse = openSync(raw(at('large/sparse')), 'w');
  const size = Math.round((gibibyte * percent) / 100);
  for (const part of [0.1, 0.5, 0.9])
    writeSync(sparse, seededBytes(seed, 100_000), 0, 100_000, Math.floor(size * part));
  ftruncateSync(sparse, size);
  closeSync(sparse);
};
