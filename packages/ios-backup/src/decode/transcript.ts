import { asDictionary, asString } from '@triplicate/plist';
import { ArchivedObject, unarchive } from './keyed-archive.ts';
import { readPlist } from './read-plist.ts';

/** The words of a voicemail: a keyed archive whose object has `transcriptionString`, or a plain list. CORRUPT when it is neither. */
export const decodeTranscript = (data: Uint8Array): string | undefined => {
  const plain = asDictionary(readPlist(data, 'a transcript'));
  if (plain !== undefined && plain['$objects'] === undefined) return asString(plain['transcriptionString']);
  const root = unarchive(data);
  const words = root instanceof ArchivedObject ? root.fields.get('transcriptionString') : undefined;
  return typeof words === 'string' ? words : undefined;
};
