import type { Attachment, WrittenFiles } from '../records/attachment.ts';
import { stateWords } from '../records/attachment.ts';
import type { Chat, ChatMessage } from '../records/messages/message.ts';
import { personName } from '../records/messages/message.ts';
import { oneLine, paragraphs } from './plain-text.ts';
import type { Column } from './table.ts';
import type { TimeFormat } from './time-format.ts';

export interface TextView {
  readonly time: TimeFormat;
  /** Where a file went, or why there is none. */
  readonly file: (attachment: Attachment) => string;
}

/** A message as it would be read aloud: time, sender, words, and a line for each thing that belongs to it. */
export const messageText = (message: ChatMessage, { time, file }: TextView): string => {
  const head = `[${time.full(message.at) || 'no date'}] ${oneLine(personName(message.from))}`;
  if (message.event !== undefined) return `${head} ${oneLine(message.event)}\n`;
  const lines = [`${head}: ${paragraphs(message.text ?? '')}`.trimEnd()];
  if (message.replyTo !== undefined)
    lines.push(`    in reply to: ${paragraphs(message.replyTo.text ?? 'a message that is not here')}`);
  if (message.subject !== undefined) lines.push(`    subject: ${oneLine(message.subject)}`);
  if (message.app !== undefined)
    lines.push(
      oneLine(`    [${message.app.name}] ${[message.app.title, message.app.url].filter(Boolean).join(' ')}`).trimEnd(),
    );
  if (message.location !== undefined)
    lines.push(`    place: ${message.location.latitude}, ${message.location.longitude}`);
  for (const attachment of message.attachments)
    lines.push(oneLine(`    attachment: ${attachment.name} (${file(attachment)})`));
  for (const edit of message.edits)
    lines.push(`    before: ${paragraphs(edit.text ?? 'a text that could not be decoded')}`);
  for (const reaction of message.reactions)
    lines.push(
      oneLine(
        `    ${reaction.what} ${personName(reaction.by)}${reaction.sticker ? ` (${file(reaction.sticker)})` : ''}`,
      ),
    );
  if (message.effect !== undefined) lines.push(`    sent with ${oneLine(message.effect)}`);
  if (message.starred) lines.push('    starred');
  if (message.failed) lines.push('    not delivered');
  if (message.undecoded) lines.push('    this text could not be decoded');
  if (message.unsent) lines.push('    unsent or deleted by the sender');
  if (message.recentlyDeleted) lines.push('    recently deleted');
  return `${lines.join('\n')}\n`;
};

export interface MessageRow {
  readonly chat: Chat;
  readonly message: ChatMessage;
}

/** One line of a spreadsheet a message. */
export const messageColumns = (time: TimeFormat, written: WrittenFiles): readonly Column<MessageRow>[] => [
  { title: 'Conversation', value: ({ chat }) => chat.name },
  { title: `Time (${time.zone})`, value: ({ message }) => time.full(message.at) },
  { title: 'From', value: ({ message }) => personName(message.from) },
  { title: 'Handle', value: ({ message }) => message.from.handle },
  { title: 'Service', value: ({ message }) => message.service },
  { title: 'Text', value: ({ message }) => message.text ?? (message.undecoded ? '(could not be decoded)' : undefined) },
  { title: 'Event', value: ({ message }) => message.event },
  { title: 'Subject', value: ({ message }) => message.subject },
  {
    title: 'App',
    value: ({ message }) => [message.app?.name, message.app?.title, message.app?.url].filter(Boolean).join(' '),
  },
  {
    title: 'Place',
    value: ({ message: { location } }) => location && `${location.latitude}, ${location.longitude}`,
  },
  {
    title: 'Attachments',
    value: ({ message }) =>
      message.attachments.map((a) => written.get(a) ?? `${a.name} (${stateWords[a.state]})`).join('\n'),
  },
  {
    title: 'Reactions',
    value: ({ message }) =>
      message.reactions
        .map((r) => `${r.what} ${personName(r.by)}${r.sticker ? ` ${written.get(r.sticker) ?? r.sticker.name}` : ''}`)
        .join('\n'),
  },
  { title: 'In reply to', value: ({ message }) => message.replyTo?.text ?? message.replyTo?.id },
  { title: 'Before edits', value: ({ message }) => message.edits.map((edit) => edit.text ?? '?').join('\n') },
  { title: 'Effect', value: ({ message }) => message.effect },
  { title: 'Starred', value: ({ message }) => (message.starred ? 'yes' : undefined) },
  { title: 'Unsent', value: ({ message }) => (message.unsent ? 'yes' : undefined) },
  { title: 'Not delivered', value: ({ message }) => (message.failed ? 'yes' : undefined) },
  { title: 'Read', value: ({ message }) => time.full(message.read) },
  { title: 'Recently deleted', value: ({ message }) => (message.recentlyDeleted ? 'yes' : undefined) },
];
