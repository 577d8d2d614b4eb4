import { bufferFromBytes, bytesFromShown, bytesFromText, textFromBytes, type BytePath } from '@triplicate/core';

/** Where a path of a machine stands in a snapshot: `/home/ann`, `home/ann/` and `C:\Users` all name a place from the root. */
export const treePathOf = (typed: string): BytePath => bytesFromText(partsOf(typed).join('/'));

const partsOf = (typed: string): string[] => {
  const isWindows = /^[A-Za-z]:[\\/]/.test(typed);
  const parts = isWindows ? typed.replace(':', '').split(/[\\/]+/) : typed.split(/\/+/);
  return parts.filter((part) => part !== '' && part !== '.');
};

/**
 * The same of a path that a person types as it is shown: `\xff` is that byte, since an argument holds text alone and a name that is not UTF-8
 * could not be typed otherwise. A path of Windows has no such bytes.
 */
export const typedPathOf = (typed: string): BytePath =>
  /^[A-Za-z]:/.test(typed) ? treePathOf(typed) : bytesFromShown(partsOf(typed).join('/'));

/** As it is shown: from the root, with what a terminal must not see escaped. */
export const shownPath = (path: BytePath): string => `/${textFromBytes(path)}`;

/** A longer path fills the screen; its two ends say which it is. */
const longestTold = 300;

/** For messages: shown, and cut in the middle when it is very long. */
export const toldPath = (path: BytePath): string => {
  const shown = shownPath(path);
  if (shown.length <= longestTold) return shown;
  const half = longestTold / 2;
  return `${shown.slice(0, half)} … ${shown.slice(-half)}`;
};

export interface PathFields {
  readonly path: string;
  readonly pathBytes?: string;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** For programs: the exact path where it is UTF-8; else as it is shown, and `pathBytes` has its bytes in Base64. */
export const pathFields = (path: BytePath): PathFields => {
  const bytes = bufferFromBytes(path);
  try {
    return { path: `/${decoder.decode(bytes)}` };
  } catch {
    return { path: shownPath(path), pathBytes: Buffer.concat([Buffer.from('/'), bytes]).toString('base64') };
  }
};
