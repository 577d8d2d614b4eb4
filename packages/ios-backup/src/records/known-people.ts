import { BackupError, isBackupError } from '@triplicate/core';
import type { IosBackup } from '../backup/ios-backup.ts';
import { readContacts } from './contacts/read-contacts.ts';
import { People } from './people.ts';
import type { RecordOptions } from './record-options.ts';
import { Tally } from './tally.ts';

/** Names from the address book of the phone; without one, or when it cannot be read, there are none, and the latter is told. */
export const knownPeople = async (backup: IosBackup, options: RecordOptions): Promise<People> => {
  const people = new People();
  const tally = new Tally('contacts');
  try {
    const own = { signal: options.signal, tally, contactPhotos: false };
    for await (const contact of readContacts(backup, own)) people.add(contact);
  } catch (error) {
    if (!isBackupError(error) || error.code === 'ABORTED') throw error;
    options.tally.failed('names of people', error);
  }
  for (const failure of tally.failures) options.tally.failed('names of people', new BackupError('CORRUPT', failure));
  return people;
};
