import { isBackupError } from '@triplicate/core';
import { asArray, asData, asDictionary, asNumber } from '@triplicate/plist';
import type { PlistValue } from '@triplicate/plist';
import { dateFromCocoa } from '../../decode/apple-time.ts';
import { decodeAttributedText } from '../../decode/attributed-text.ts';
import { readDictionary } from '../../decode/read-plist.ts';
import { bytes } from '../../sqlite/row.ts';
import type { Row } from '../../sqlite/row.ts';
import type { Tally } from '../tally.ts';
import type { Edit } from './message.ts';

export interface Edits {
  /** Texts that were there before, oldest first. */
  readonly edits: readonly Edit[];
  /** A part of the message was taken back. */
  readonly unsent: boolean;
}

const limits = { maxBytes: 4 * 1024 * 1024, maxObjects: 20_000, maxDepth: 16 };

/**
 * `message_summary_info` since iOS 16: `ec` has for each part of the message every text it had (`d` seconds since 2001, `t` typedstream), the
 * newest last; `rp` lists the parts that were taken back.
 */
export const editsOf = (row: Row, tally: Tally): Edits => {
  const data = bytes(row['summary']);
  if (data === undefined) return { edits: [], unsent: false };
  try {
    const summary = readDictionary(data, 'the history of a message', limits);
    const parts = Object.values(asDictionary(summary['ec']) ?? {});
    const edits = parts.flatMap((part) => (asArray(part) ?? []).slice(0, -1).map(edit));
    return {
      edits: edits.toSorted((a, b) => (a.at?.getTime() ?? 0) - (b.at?.getTime() ?? 0)),
      unsent: (asArray(summary['rp']) ?? []).length > 0,
    };
  } catch (error) {
    if (!isBackupError(error, 'CORRUPT')) throw error;
    tally.gap('edits: the history of some messages cannot be decoded');
    return { edits: [], unsent: false };
  }
};

const edit = (value: PlistValue): Edit => {
  const entry = asDictionary(value);
  return { at: dateFromCocoa(asNumber(entry?.['d'])), text: words(asData(entry?.['t'])) };
};

const words = (blob: Uint8Array | undefined): string | undefined => {
  if (blob === undefined) return undefined;
  try {
    return decodeAttributedText(blob).text;
  } catch (error) {
    if (!isBackupError(error, 'CORRUPT')) throw error;
    return undefined;
  }
};
