import type { Attachment } from '../records/attachment.ts';
import type { Chat, ChatMessage, ConversationRecord } from '../records/messages/message.ts';
import { filesOf } from '../records/messages/message.ts';
import {
  chatHeader,
  conversationStyle,
  dayHeader,
  messageHtml,
  messageSection,
  sectionMessages,
} from '../render/conversation-html.ts';
import { messageColumns, messageText } from '../render/conversation-text.ts';
import { oneLine } from '../render/plain-text.ts';
import type { MessageRow } from '../render/conversation-text.ts';
import { safeName } from '../render/safe-name.ts';
import { fold } from '../render/safe-paths.ts';
import type { Markup } from '../render/html.ts';
import { fileLink, markup, pageEnd, pageHeading, pageStart } from '../render/html.ts';
import { recordsJson } from '../render/json.ts';
import { reportFooter } from '../render/report-text.ts';
import { tableCsv } from '../render/table.ts';
import { fileWords } from './columns.ts';
import type { ExportContext } from './export-context.ts';

/** Messages of any app: a page or a text a conversation, or one table or document for all. */
export const exportConversations = async (
  records: AsyncIterable<ConversationRecord>,
  context: ExportContext,
): Promise<void> => {
  const { format, sink, signal, tally, request, time, files } = context;
  const base = request.kind;
  if (format === 'html' || format === 'txt') return perConversation(records, context);
  const content =
    format === 'csv'
      ? tableCsv(messageColumns(time, files.written), rows(records, context))
      : recordsJson(base, withFiles(records, context), () => tally.report());
  await sink.write(`${base}.${format}`, content, { signal });
};

const attachmentsOf = async (message: ChatMessage, chat: Chat, { files, signal }: ExportContext): Promise<void> => {
  const folder = `attachments/${safeName(chat.name)}`;
  for (const attachment of filesOf(message)) await files.write(attachment, { folder, modified: message.at, signal });
};

async function* rows(records: AsyncIterable<ConversationRecord>, context: ExportContext): AsyncGenerator<MessageRow> {
  let chat: Chat | undefined;
  for await (const record of records) {
    if (record.type === 'chat') chat = record.chat;
    else if (chat !== undefined) {
      await attachmentsOf(record.message, chat, context);
      yield { chat, message: record.message };
    }
  }
}

/** Messages with the path that each of their files got. */
async function* withFiles(records: AsyncIterable<ConversationRecord>, context: ExportContext): AsyncGenerator<unknown> {
  let chat: Chat | undefined;
  for await (const record of records) {
    if (record.type === 'chat') chat = record.chat;
    else if (chat !== undefined) await attachmentsOf(record.message, chat, context);
    yield record.type === 'chat'
      ? record
      : {
          ...record,
          message: {
            ...record.message,
            attachments: record.message.attachments.map((a) => describe(a, context)),
            reactions: record.message.reactions.map(({ sticker, ...reaction }) =>
              sticker === undefined ? reaction : { ...reaction, sticker: describe(sticker, context) },
            ),
          },
        };
  }
}

const describe = (attachment: Attachment, { files }: ExportContext) => ({
  ...attachment,
  file: files.written.get(attachment),
});

interface WrittenChat {
  readonly chat: Chat;
  readonly path: string;
  readonly messages: number;
}

/** The stream is cut where a conversation begins; one page is written after the other. */
const perConversation = async (records: AsyncIterable<ConversationRecord>, context: ExportContext): Promise<void> => {
  const iterator = records[Symbol.asyncIterator]();
  const written: WrittenChat[] = [];
  let next = await iterator.next();
  while (next.done !== true) {
    if (next.value.type !== 'chat') {
      next = await iterator.next();
      continue;
    }
    const { chat } = next.value;
    let messages = 0;
    const inside = async function* (): AsyncGenerator<ChatMessage> {
      for (
        next = await iterator.next();
        next.done !== true && next.value.type === 'message';
        next = await iterator.next()
      ) {
        messages++;
        yield next.value.message;
      }
    };
    const page = context.format === 'html' ? chatPage(chat, inside(), context) : chatText(chat, inside(), context);
    const path = await context.sink.write(`${pageName(chat)}.${context.format}`, page, context);
    written.push({ chat, path, messages });
  }
  await writeIndex(written, context);
};

/** The list of conversations keeps its name. */
const pageName = ({ name }: Chat): string =>
  fold(safeName(name)) === 'index' ? `${safeName(name)} (2)` : safeName(name);

async function* chatPage(
  chat: Chat,
  messages: AsyncIterable<ChatMessage>,
  context: ExportContext,
): AsyncGenerator<string> {
  const view = { chat, time: context.time, written: context.files.written };
  yield pageStart(chat.name, conversationStyle) + pageHeading(chat.name);
  yield chatHeader(chat).toString();
  let day: string | undefined;
  let count = 0;
  let section: string[] = [];
  for await (const message of messages) {
    await attachmentsOf(message, chat, context);
    const today = context.time.day(message.at);
    if (today !== day) section.push(dayHeader(today).toString());
    day = today;
    section.push(messageHtml(message, view).toString());
    if (++count % sectionMessages !== 0) continue;
    yield messageSection(section, true);
    section = [];
  }
  if (section.length > 0) yield messageSection(section, false);
  const list = markup`<a href="index.html">the list of conversations</a>`;
  yield pageEnd(markup`${messageCount(count)}. Times are ${context.time.zone}. What was left out is said in ${list}.`);
}

async function* chatText(
  chat: Chat,
  messages: AsyncIterable<ChatMessage>,
  context: ExportContext,
): AsyncGenerator<string> {
  yield `${oneLine(chat.name)}\nTimes are ${context.time.zone}\n\n`;
  let count = 0;
  for await (const message of messages) {
    await attachmentsOf(message, chat, context);
    count++;
    yield messageText(message, { time: context.time, file: fileWords(context.files.written) });
  }
  yield `\n${messageCount(count)}\n`;
}

const writeIndex = async (written: readonly WrittenChat[], context: ExportContext): Promise<void> => {
  const { sink, format, request, tally, signal } = context;
  const title = request.kind === 'whatsapp' ? 'WhatsApp' : 'Messages';
  const lines =
    format === 'html'
      ? indexPage(title, written, context)
      : [
          `${title}\n\n`,
          ...(written.length === 0 ? [`${nothingHere}\n`] : []),
          ...written.map((w) => `${w.path}: ${messageCount(w.messages)}\n`),
          `\n${reportFooter(tally.report())}`,
        ];
  const content = async function* (): AsyncGenerator<string> {
    yield* lines;
  };
  await sink.write(`index.${format}`, content(), { signal });
};

const indexPage = (title: string, written: readonly WrittenChat[], { tally }: ExportContext): string[] => [
  pageStart(title, conversationStyle) + pageHeading(title),
  (written.length === 0 ? markup`<p>${nothingHere}</p>\n` : markup`<ul>${written.map(indexLine)}</ul>\n`).toString(),
  pageEnd(markup`${reportFooter(tally.report())}`),
];

const indexLine = ({ chat, path, messages }: WrittenChat): Markup =>
  markup`<li dir="auto"><a href="${fileLink(path)}">${chat.name}</a> <span class="who">${[messageCount(messages), ...chat.services].join(' · ')}</span></li>\n`;

const nothingHere = 'There are none here; what was read, and why nothing of it was taken, stands below.';

const messageCount = (count: number): string => `${count} message${count === 1 ? '' : 's'}`;
