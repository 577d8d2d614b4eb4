import { isBackupError } from '@triplicate/core';
import { Message } from '../../decode/protobuf.ts';

/** An emoji that somebody gave to a message; without an account it was the owner of the phone. */
export interface GivenReaction {
  readonly jid: string | undefined;
  readonly what: string;
}

export interface Quoted {
  readonly id: string;
  /** What was answered, as it stood then. */
  readonly text: string | undefined;
}

/** Of no emoji; a forged message could have a whole text there. */
const longestEmoji = 64;

/** Beside the receipts of a message (`ZRECEIPTINFO`, field 7) stand its reactions: 2 the account, 3 the emoji. `undefined` when it cannot be read. */
export const reactionsIn = (receipt: Uint8Array): GivenReaction[] | undefined =>
  decoded(receipt, (message) =>
    (message.message(7)?.messages(1) ?? []).flatMap((one) => {
      const what = one.string(3) ?? '';
      // One that was taken back again is empty.
      return what === '' || what.length > longestEmoji ? [] : [{ jid: one.string(2), what }];
    }),
  );

/** The metadata of a reply (`ZMETADATA`) say in field 5 which message it answers, and in field 4 what that said. */
export const quotedIn = (metadata: Uint8Array): Quoted | undefined =>
  decoded(metadata, (message) => {
    const id = message.string(5) ?? '';
    return /^[\w.-]{8,64}$/.test(id) ? { id, text: message.string(4) } : undefined;
  });

/** Newer versions put base64 of a message there instead of a name; its field 1 is the name, or a number. */
export const pushName = (name: string | undefined): string | undefined => {
  if (name === undefined || !/^C[\w+/]+={0,2}$/.test(name) || name.length % 4 !== 0) return name;
  const bytes = Buffer.from(name, 'base64');
  const read = decoded(bytes, (message) => ({ name: message.string(1) }));
  // What only looks like it is a name.
  return read === undefined ? name : read.name;
};

const decoded = <T>(data: Uint8Array, read: (message: Message) => T): T | undefined => {
  try {
    return read(new Message(data));
  } catch (error) {
    if (!isBackupError(error, 'CORRUPT')) throw error;
    return undefined;
  }
};
