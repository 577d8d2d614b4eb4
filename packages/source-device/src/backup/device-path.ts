import { BackupError, bytesFromText, type BytePath, textFromBytes } from '@triplicate/core';

const longestPath = 4096;
const longestName = 255;
/** All backups of phones stand below this folder of the tree, as on a Mac. */
export const treeFolder = 'MobileSync';

/** Below the phone's own folder; tens of thousands of paths in each backup are of this kind, and lead nowhere else. */
const usual = /^(?:\/Snapshot)?\/[0-9a-f]{2}\/[0-9a-f]{40}$/;

const contentName = /\/[0-9a-f]{40}$/;

/** Whether a file of a backup is one of the phone's own, which are named by their SHA-1; the others say what they are, and without them nothing is known of any. */
export const isContentFile = (path: BytePath): boolean => contentName.test(path);

/** Where the backup of `udid` stands in the tree, relative to its root. */
export const treeRoot = (udid: string): BytePath => bytesFromText(`${treeFolder}/${udid}`);

/**
 * The place in the tree for a path that a phone named. CORRUPT for everything that is not a plain path inside the phone's own backup:
 * `..`, absolute paths, empty names, NUL, backslashes, names longer than a disk takes, another phone's folder.
 */
export const resolveDevicePath = (text: string, udid: string): BytePath => {
  if (text.startsWith(udid) && usual.test(text.slice(udid.length))) return `${treeFolder}/${text}` as BytePath;
  const trimmed = text.endsWith('/') ? text.slice(0, -1) : text;
  const path = bytesFromText(trimmed);
  const names = path.split('/');
  const plain = (name: string): boolean =>
    // oxlint-disable-next-line no-control-regex -- NUL ends a name on every system
    name !== '' && name !== '.' && name !== '..' && name.length <= longestName && !/[\\\u0000]/.test(name);
  if (names[0] !== udid || path.length > longestPath || !trimmed.isWellFormed() || !names.every(plain))
    throw outside(path);
  return `${treeFolder}/${path}` as BytePath;
};

/** The same for what the phone puts there: the folder of the backup itself stays what it is. */
export const resolvePlace = (text: string, udid: string): BytePath => {
  const path = resolveDevicePath(text, udid);
  if (path.length === treeFolder.length + 1 + udid.length) throw outside(bytesFromText(text));
  return path;
};

const outside = (path: BytePath): BackupError =>
  new BackupError('CORRUPT', `the phone named a place outside its own backup: "${shown(path)}"`, {
    hint: 'do not trust this phone with this computer; nothing was written there',
  });

const shown = (path: BytePath): string => textFromBytes(path).slice(0, 200);
