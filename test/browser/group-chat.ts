import type { PhoneEntry } from '../../packages/ios-backup/test/fixtures/backup-builder.ts';
import { database } from '../../packages/ios-backup/test/fixtures/backup-builder.ts';
import { messagesSchema } from '../../packages/ios-backup/test/fixtures/phone/messages.ts';
import { picture } from './png.ts';

const people = ['+491511234567', '+972501234567', '+966501234567', 'emma@example.com'];
const words = [
  'Are you at the station already?',
  'שלום! מתי את מגיעה? הרכבת מאחרת 🚆',
  'صباح الخير يا جماعة، أراكم في المحطة عند الساعة ٨',
  'yes 👍🏽',
  'The photos from Saturday are wonderful 📸✨👩‍👩‍👧‍👦🏳️‍🌈🇩🇪',
  '明日の朝ね。おやすみ！',
  'A longer one, so that a line has to break somewhere in the middle of the bubble: we take the train at eight, change in Basel, and are there at two.',
  'Mixed: the word שלום inside of English, and 123 after it.',
  'see https://example.com/map?from=a&to=b',
];

/** A group of `count` messages in several scripts, with a picture now and then, tapbacks and replies. */
export const groupChat = (count: number, pictures: number): PhoneEntry[] => {
  const begin = 730_000_000;
  const date = (i: number): bigint => BigInt(begin + i * 420) * 1_000_000_000n;
  const every = Math.max(1, Math.floor(count / pictures));
  const shown = Array.from({ length: pictures }, (_, i) => i * every + 3);
  const sms = database(messagesSchema, {
    handle: people.map((id, i) => ({ ROWID: i + 1, id, service: 'iMessage' })),
    chat: [
      {
        ROWID: 1,
        guid: 'g',
        style: 43,
        chat_identifier: 'chat1',
        service_name: 'iMessage',
        display_name: 'Ski trip ⛷ 2026',
      },
    ],
    chat_handle_join: people.map((_, i) => ({ chat_id: 1, handle_id: i + 1 })),
    message: Array.from({ length: count }, (_, i) => ({
      ROWID: i + 1,
      guid: `M${i}`,
      text: i % 13 === 12 ? null : words[i % words.length],
      handle_id: (i % people.length) + 1,
      is_from_me: i % 5 === 0 ? 1 : 0,
      service: 'iMessage',
      date: date(i),
      ...(i % 13 === 12
        ? { associated_message_guid: `p:0/M${i - 2}`, associated_message_type: 2000 + (i % 6), text: 'Loved' }
        : {}),
      ...(i % 17 === 9 ? { thread_originator_guid: `M${i - 4}` } : {}),
    })),
    chat_message_join: Array.from({ length: count }, (_, i) => ({ chat_id: 1, message_id: i + 1 })),
    attachment: shown.map((_, i) => ({
      ROWID: i + 1,
      guid: `A${i}`,
      filename: `~/Library/SMS/Attachments/${i}/IMG_${i}.png`,
      mime_type: 'image/png',
      transfer_name: `IMG_${i}.png`,
    })),
    message_attachment_join: shown.map((message, i) => ({ message_id: message, attachment_id: i + 1 })),
  });
  return [
    { domain: 'HomeDomain', path: 'Library/SMS/sms.db', bytes: sms },
    ...shown.map((_, i) => ({
      domain: 'MediaDomain',
      path: `Library/SMS/Attachments/${i}/IMG_${i}.png`,
      bytes: picture(i),
    })),
  ];
};
