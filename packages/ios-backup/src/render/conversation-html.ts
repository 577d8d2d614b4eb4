import type { Attachment, WrittenFiles } from '../records/attachment.ts';
import { stateWords } from '../records/attachment.ts';
import type { Chat, ChatMessage, Reaction } from '../records/messages/message.ts';
import { personName } from '../records/messages/message.ts';
import type { Markup } from './html.ts';
import { escapeHtml, fileAnchor, fileLink, isShown, markup, safeLink, Markup as Raw } from './html.ts';
import type { TimeFormat } from './time-format.ts';

/** Long conversations open fast: sections that are off the screen are not laid out. Prints on paper without its bubbles breaking apart. */
export const conversationStyle = `
:root { color-scheme: light dark }
body { font: 15px/1.4 system-ui, -apple-system, sans-serif; max-width: 46em; margin: 1em auto; padding: 0 1em }
h1 { font-size: 1.3em } .who { color: #777; font-size: .85em }
.day { text-align: center; color: #777; margin: 1.2em 0 .4em; font-size: .85em }
.full { content-visibility: auto; contain-intrinsic-size: auto 400em } .m { display: flow-root; margin: .25em 0; break-inside: avoid }
.b { max-width: 75%; padding: .45em .8em; border-radius: 1.1em; background: #e9e9eb; color: #000; float: left; white-space: pre-wrap; overflow-wrap: anywhere }
.me .b { float: right; background: #0b7cff; color: #fff } .me.sms .b { background: #2f9e44 }
.b a { color: inherit } .meta { clear: both; color: #777; font-size: .75em } .me .meta { text-align: end }
.event { text-align: center; color: #777; font-size: .85em } .reply { opacity: .75; border-inline-start: 3px solid; padding-inline-start: .5em; font-size: .9em }
.r { font-size: .85em; clear: both; color: #777 } .me .r { text-align: end } .gone { font-style: italic; opacity: .8 }
img, video { max-width: 100%; max-height: 24em; border-radius: .6em; display: block } .sticker img { max-height: 8em } .small :is(a, div) { display: inline } .small img { display: inline; max-height: 3em; vertical-align: middle }
footer { margin: 3em 0 1em; color: #777; font-size: .85em; white-space: pre-wrap }
@media print { body { max-width: none } .full { content-visibility: visible } .b { border: 1px solid #999; background: #fff !important; color: #000 !important } }`;

export interface MessageView {
  readonly chat: Chat;
  readonly time: TimeFormat;
  /** Where the file of an attachment was written, relative to the page. */
  readonly written: WrittenFiles;
}

export const chatHeader = (chat: Chat): Markup => {
  const names = chat.participants.map((p) =>
    p.name === undefined || p.handle === undefined ? personName(p) : `${p.name} (${p.handle})`,
  );
  return markup`<p class="who" dir="auto">${[...names, ...chat.services].join(' · ')}</p>\n`;
};

export const dayHeader = (day: string): Markup => markup`<div class="day">${day === '' ? 'no date' : day}</div>\n`;

/** So many are laid out together. */
export const sectionMessages = 100;

/** Messages and the days before them. A browser takes the height of a full section as given until it comes to it. */
export const messageSection = (content: readonly string[], isFull: boolean): string =>
  `<section${isFull ? ' class="full"' : ''}>\n${content.join('')}</section>\n`;

export const messageHtml = (message: ChatMessage, view: MessageView): Markup => {
  const who = personName(message.from);
  if (message.event !== undefined) {
    return markup`<div class="event" dir="auto" title="${view.time.full(message.at)}">${who} ${message.event}</div>\n`;
  }
  const sms = message.service !== undefined && message.service !== 'iMessage' && message.service !== 'WhatsApp';
  const name =
    view.chat.kind === 'group' && !message.from.me ? markup`<div class="who" dir="auto">${who}</div>` : undefined;
  const bubble = markup`<div class="b" dir="auto">${content(message, view)}</div>`;
  const side = `m${message.from.me ? ' me' : ''}${sms ? ' sms' : ''}`;
  return markup`<div class="${side}">${name}${bubble}${reactions(message, view)}<div class="meta">${meta(message, view)}</div></div>\n`;
};

/** What stands in the bubble. No spaces between the parts: they would be shown. */
const content = (message: ChatMessage, view: MessageView): readonly (Markup | undefined)[] => [
  message.replyTo &&
    markup`<div class="reply" dir="auto">${message.replyTo.text ?? 'a message that is not here'}</div>`,
  message.subject === undefined ? undefined : markup`<b>${message.subject}</b>\n`,
  ...message.attachments.map((attachment) => attachmentHtml(attachment, view)),
  message.text === undefined ? undefined : linked(message.text),
  message.app && appHtml(message.app),
  message.location && markup`<div>📍 ${message.location.latitude}, ${message.location.longitude}</div>`,
  message.undecoded ? markup`<span class="gone">This text could not be decoded.</span>` : undefined,
  message.unsent ? markup`<span class="gone">Unsent or deleted by the sender.</span>` : undefined,
  ...message.edits.map((edit) => {
    const before = edit.text ?? 'a text that could not be decoded';
    return markup`<div class="reply" dir="auto">before: ${before} ${view.time.full(edit.at)}</div>`;
  }),
];

const reactions = ({ reactions: given }: ChatMessage, view: MessageView): Markup | undefined => {
  if (given.length === 0) return undefined;
  const parts = given.map((reaction, i) => markup`${i === 0 ? '' : ' · '}${reactionHtml(reaction, view)}`);
  return markup`<div class="r" dir="auto">${parts}</div>`;
};

const reactionHtml = ({ what, by, sticker }: Reaction, view: MessageView): Markup =>
  sticker === undefined
    ? markup`${what} ${personName(by)}`
    : markup`<span class="small">${attachmentHtml(sticker, view)}</span> ${personName(by)}`;

const meta = (message: ChatMessage, view: MessageView): string =>
  [
    view.time.minute(message.at),
    message.service,
    message.effect === undefined ? '' : `sent with ${message.effect}`,
    message.edits.length > 0 ? 'edited' : '',
    message.starred ? 'starred' : '',
    message.read === undefined ? '' : `read ${view.time.full(message.read)}`,
    message.failed ? 'not delivered' : '',
    message.recentlyDeleted ? 'recently deleted' : '',
  ]
    .filter(Boolean)
    .join(' · ');

const appHtml = (app: NonNullable<ChatMessage['app']>): Markup => {
  const href = app.url === undefined ? undefined : safeLink(app.url);
  const title = app.title ?? app.url ?? '';
  const link = href === undefined ? title : markup`<a href="${href}" rel="noreferrer noopener">${title}</a>`;
  return markup`<div>[${app.name}] ${link}</div>`;
};

const attachmentHtml = (attachment: Attachment, view: MessageView): Markup => {
  const path = view.written.get(attachment);
  if (path === undefined)
    return markup`<div class="gone">📎 ${attachment.name} (${stateWords[attachment.state]})</div>`;
  const href = fileLink(path);
  if (isShown(path)) {
    const picture = markup`<img loading="lazy" src="${href}" alt="${attachment.name}">`;
    return markup`<a class="${attachment.sticker === true ? 'sticker' : 'picture'}" href="${href}">${picture}</a>`;
  }
  if (/\.(mp4|mov|m4v)$/i.test(path))
    return markup`<video controls preload="none" src="${href}"></video><a href="${href}">${attachment.name}</a>`;
  if (/\.(m4a|mp3|aac|wav|opus)$/i.test(path)) return markup`<audio controls preload="none" src="${href}"></audio>`;
  return markup`<div>📎 ${fileAnchor(path, attachment.name)}</div>`;
};
/** Text with its web addresses as links. */
const linked = (text: string): Markup => {
  const parts = text.split(/(https?:\/\/[^\s<>"']+)/i);
  return new Raw(
    parts
      .map((part, at) => {
        const href = at % 2 === 1 ? safeLink(part) : undefined;
        return href === undefined
          ? escapeHtml(part)
          : markup`<a href="${href}" rel="noreferrer noopener">${part}</a>`.toString();
      })
      .join(''),
  );
};
