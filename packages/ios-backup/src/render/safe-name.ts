import { basename, dirname, extname } from 'node:path';

/** `name (2).jpg` */
export const numbered = (path: string, attempt: number): string => {
  const extension = extname(path);
  const name = `${basename(path, extension)} (${attempt})${extension}`;
  const folder = dirname(path);
  return folder === '.' ? name : `${folder}/${name}`;
};

const longestNameBytes = 120;
/** Of a longer text the beginning and the end are looked at: a sender may have written megabytes. */
const longestLook = 500;
const reserved = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

// oxlint-disable-next-line no-control-regex -- exactly the characters that no name may have
const forbidden = /[\u0000-\u001f\u007f-\u009f<>:"/\\|?*\u202a-\u202e\u2066-\u2069]/g;

/** One name of a file that every system takes: no separators, no control characters, no name that Windows keeps for itself. */
export const safeName = (text: string, fallback = 'untitled'): string => {
  const ends = text.length <= 2 * longestLook ? text : text.slice(0, longestLook) + text.slice(-longestLook);
  const plain = ends.normalize('NFC').replaceAll(forbidden, '_');
  const trimmed = plain.replaceAll(/^[\s.]+|[\s.]+$/g, '');
  const named = trimmed === '' ? fallback : reserved.test(trimmed) ? `_${trimmed}` : trimmed;
  if (Buffer.byteLength(named) <= longestNameBytes) return named;
  const extension = /\.[\w]{1,10}$/.exec(named)?.[0] ?? '';
  let stem = named.slice(0, named.length - extension.length);
  while (Buffer.byteLength(stem + extension) > longestNameBytes) stem = stem.replace(/.$/su, '');
  return extension === '' ? stem.replace(/[\s.]+$/, '') : stem + extension;
};

/** A path whose every part is a safe name. */
export const safePath = (path: string): string =>
  path
    .split('/')
    .filter((part) => part !== '')
    .map((part) => safeName(part))
    .join('/') || 'untitled';
