import { isBackupError } from '@triplicate/core';
import { dateFromMessages } from '../../decode/apple-time.ts';
import { decodeAttributedText } from '../../decode/attributed-text.ts';
import { decodeLinkPreview } from '../../decode/link-preview.ts';
import { bytes, real, text } from '../../sqlite/row.ts';
import type { Row } from '../../sqlite/row.ts';
import type { Tally } from '../tally.ts';

export interface Body {
  readonly text: string | undefined;
  readonly undecoded: boolean;
  /** Whether a place for an attachment is in it. */
  readonly holdsPlace: boolean;
}

/**
 * The words of a message: the column `text`, or else what `attributedBody` holds. A body that cannot be decoded is said to be so and never
 * shown as empty. U+FFFC stands where an attachment is, U+FFFD where an app's content is; both are taken out.
 */
export const bodyOfRow = (row: Row, tally?: Tally): Body => {
  const plain = text(row['text']);
  if (plain !== undefined) return { ...placed(plain), undecoded: false };
  const blob = bytes(row['body']);
  if (blob === undefined) return { text: undefined, undecoded: false, holdsPlace: false };
  try {
    return { ...placed(decodeAttributedText(blob).text), undecoded: false };
  } catch (error) {
    if (!isBackupError(error, 'CORRUPT')) throw error;
    const at = dateFromMessages(real(row['date']))?.toISOString() ?? 'no date';
    tally?.undecoded(`text of a message of ${at}: it cannot be decoded; the message is marked`);
    return { text: undefined, undecoded: true, holdsPlace: false };
  }
};

const placed = (words: string): Pick<Body, 'text' | 'holdsPlace'> => ({
  text: withoutPlaceholders(words),
  holdsPlace: words.includes('\uFFFC'),
});

const withoutPlaceholders = (words: string): string | undefined => {
  const left = words.replaceAll(/[\uFFFC\uFFFD]/g, '').trim();
  return left === '' ? undefined : left;
};

/** Title and address of a rich link or an app's message. */
export const previewOf = (row: Row, tally: Tally): { readonly title?: string; readonly url?: string } => {
  const payload = bytes(row['payload']);
  if (payload === undefined) return {};
  try {
    return decodeLinkPreview(payload);
  } catch (error) {
    if (!isBackupError(error, 'CORRUPT')) throw error;
    tally.gap('links: some previews of links and apps cannot be decoded');
    return {};
  }
};
