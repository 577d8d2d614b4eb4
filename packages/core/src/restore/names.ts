import { hash } from 'node:crypto';
import { platform } from 'node:os';
import { type ByteName, bufferFromBytes, textFromBytes } from '../bytes.ts';
import { BackupError } from '../errors.ts';

/** UNSUPPORTED when a name cannot stand in a folder here, or would lead out of it. */
export const checkName = (name: ByteName): void => {
  const refused = name === '' || name === '.' || name === '..' || /[/\0]/.test(name);
  if (refused) throw new BackupError('CORRUPT', `"${textFromBytes(name)}" is not the name of a file`);
  if (platform() === 'win32' && !isWindowsName(name))
    throw new BackupError('UNSUPPORTED', `"${textFromBytes(name)}" cannot be the name of a file on Windows`);
};

/** No reserved character, no dot or space at the end, and not the name of a device ("Naming Files, Paths, and Namespaces"). */
const isWindowsName = (name: ByteName): boolean =>
  // oxlint-disable-next-line no-control-regex -- Windows refuses them
  !/[<>:"|?*\\\u0001-\u001f]|[. ]$/.test(name) && !/^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?$/i.test(name);

/**
 * The name under which a file is written until it is whole: short, whatever the length of its own, and always the same, so that what a
 * killed restore left is found by the next one.
 */
export const partialName = (name: ByteName): ByteName => {
  const digest = hash('sha256', bufferFromBytes(name));
  return `.triplicate-${digest.slice(0, 16)}.partial` as ByteName;
};
