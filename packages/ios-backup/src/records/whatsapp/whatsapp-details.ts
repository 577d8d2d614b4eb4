import { isBackupError } from '@triplicate/core';
import { Message } from '../../decode/protobuf.ts';

/** An emoji that somebody gave to a message; without an account it was the owner of the phone. */
export interface GivenReaction {
  readonly jid: string | undefined;
  readonly what: string;
  readonly at: Date | undefined;
}

export interface Quoted {
  readonly id: string;
  /** What was answered, as it stood then. */
  readonly text: string | undefined;
}

/** Of no emoji; a forged message could have a whole text there. */
const longestEmoji = 64;

/**
 * Beside the receipts of a message (`ZRECEIPTINFO`, field 7) stand its reactions: in 1 those of others (2 the account, 3 the emoji, 4 when),
 * in 2 the own one (2 the emoji, 3 when). `undefined` when it cannot be read.
 */
export const reactionsIn = (receipt: Uint8Array): GivenReaction[] | undefined =>
  decoded(receipt, (message) => {
    const all = message.message(7);
    const others = (all?.messages(1) ?? []).flatMap((one) => given(one.string(2), one.string(3), one.number(4)));
    return [...others, ...(all?.messages(2) ?? []).flatMap((own) => given(undefined, own.string(2), own.number(3)))];
  });

/** One that was taken back again has no emoji. */
const given = (jid: string | undefined, what = '', milliseconds = 0): GivenReaction[] =>
  what === '' || what.length > longestEmoji
    ? []
    : [{ jid, what, at: milliseconds < earliest || milliseconds > latest ? undefined : new Date(milliseconds) }];

/** Reactions came in 2022; what lies far from that is no time. */
const [earliest, latest] = [Date.UTC(2020, 0), Date.UTC(2100, 0)];

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
