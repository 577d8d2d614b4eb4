import type { Attachment } from '../attachment.ts';

/** Somebody in a conversation. */
export interface Person {
  readonly me: boolean;
  /** Number, address or account; absent for the owner of the phone. */
  readonly handle: string | undefined;
  /** From the address book or the app, when it is known. */
  readonly name: string | undefined;
}

export interface Chat {
  readonly id: string;
  /** What a person would call it: the group's name, or who is in it. */
  readonly name: string;
  readonly kind: 'direct' | 'group';
  /** E.g. `iMessage`, `SMS`, `RCS`, `WhatsApp`. */
  readonly services: readonly string[];
  readonly participants: readonly Person[];
}

export interface Reaction {
  readonly by: Person;
  /** An emoji, or `sticker`. */
  readonly what: string;
  readonly at: Date | undefined;
  /** The picture of a sticker. */
  readonly sticker?: Attachment;
}

export interface Edit {
  readonly at: Date | undefined;
  readonly text: string | undefined;
}

export interface ChatMessage {
  readonly id: string;
  readonly chat: string;
  readonly at: Date | undefined;
  readonly from: Person;
  readonly service: string | undefined;
  readonly subject: string | undefined;
  readonly text: string | undefined;
  /** The body is there but could not be decoded: its text is unknown, not empty. */
  readonly undecoded: boolean;
  /** What happened, when this is no message of somebody: a person was added, the group was renamed … */
  readonly event: string | undefined;
  /** The event is a reaction whose message is not shown. */
  readonly strayReaction?: true;
  /** An app's message or a rich link: what is known of it. */
  readonly app: { readonly name: string; readonly title?: string; readonly url?: string } | undefined;
  readonly effect: string | undefined;
  readonly attachments: readonly Attachment[];
  readonly reactions: readonly Reaction[];
  readonly replyTo: { readonly id: string; readonly text: string | undefined } | undefined;
  /** Earlier texts, oldest first; the text above is the newest. */
  readonly edits: readonly Edit[];
  readonly unsentAt: Date | undefined;
  /** Some of its parts were taken back, or all of it. */
  readonly unsent: boolean;
  readonly delivered: Date | undefined;
  readonly read: Date | undefined;
  readonly location: { readonly latitude: number; readonly longitude: number } | undefined;
  readonly starred: boolean;
  readonly recentlyDeleted: boolean;
  readonly failed: boolean;
}

/** The files of a message, and of what it was reacted with. */
export const filesOf = ({ attachments, reactions }: ChatMessage): readonly Attachment[] => [
  ...attachments,
  ...reactions.flatMap(({ sticker }) => sticker ?? []),
];

/** A conversation comes first, then its messages in order of time, then the next conversation. */
export type ConversationRecord =
  { readonly type: 'chat'; readonly chat: Chat } | { readonly type: 'message'; readonly message: ChatMessage };

export const me: Person = { me: true, handle: undefined, name: undefined };

/** Where messages stand that no conversation claims. */
export const orphanage: Chat = {
  id: 'none',
  name: 'Messages without a conversation',
  kind: 'direct',
  services: [],
  participants: [],
};

/** How a person is called where there is room for one name. */
export const personName = (person: Person): string => (person.me ? 'Me' : (person.name ?? person.handle ?? 'Unknown'));
