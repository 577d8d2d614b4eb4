import { isBackupError, type OpenManifest } from '@triplicate/core';
import { Keyring, type IosBackup } from '@triplicate/ios-backup';
import { treePathOf } from '../program/tree-path.ts';
import { PhonePasswords, type PhonePasswordParts } from './phone-passwords.ts';

/** Opens the Manifest of an encrypted backup with the passwords that are known without asking; told when none opens it. */
export const openManifestWith = (parts: Omit<PhonePasswordParts, 'ask'>): OpenManifest => {
  const passwords = new PhonePasswords({ ...parts, ask: false });
  const keyring = new Keyring();
  const { signal } = parts.context;
  return async (session, snapshot) => {
    const { findBackupRoots, openBackup, SnapshotFiles } = await import('@triplicate/ios-backup');
    const reader = session.reader(snapshot);
    const [root] = await findBackupRoots(reader, snapshot.file.paths.map(treePathOf), { signal });
    if (root === undefined) return undefined;
    const files = new SnapshotFiles(reader, root);
    const open = (password: string): Promise<IosBackup> => openBackup(files, { signal, keyring, password });
    try {
      await using backup = await passwords.tryAll(snapshot.source, `"${snapshot.source ?? root}"`, open);
      return [...backup.manifest.entries()].filter(({ kind }) => kind === 'file').map(({ id }) => id);
    } catch (error) {
      if (!isBackupError(error, 'WRONG_PASSWORD')) throw error;
      parts.context.output.note(`the Manifest of the phone was not looked into: ${error.message}`);
      return undefined;
    }
  };
};
