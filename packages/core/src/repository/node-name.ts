import { type ByteName, textFromBytes } from '../bytes.ts';
import { corrupt } from './corrupt.ts';

/** CORRUPT unless `name` names exactly one entry of a folder: not empty, not `.` or `..`, no slash, no NUL. */
export const checkName = (name: ByteName): void => {
  if (name.length > 2 && !name.includes('/') && !name.includes('\0')) return;
  if (name === '' || name === '.' || name === '..' || name.includes('/') || name.includes('\0')) {
    throw corrupt(`the tree has an entry with the impossible name "${textFromBytes(name)}"`);
  }
};
