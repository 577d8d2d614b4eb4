/** A database of messages with two conversations, and the places of their pictures. */
import { createCipheriv } from 'node:crypto';
import { database } from '../../packages/ios-backup/test/fixtures/backup-builder.ts';
import { messagesSchema } from '../../packages/ios-backup/test/fixtures/phone/messages.ts';

const zeros = Buffer.alloc(4 * 1024 * 1024);

/** Bytes that cannot be compressed. */
export const noise = (number: number, size: number): Buffer => {
  const key = Buffer.alloc(16);
  key.writeUInt32BE(number);
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(zeros.subarray(0, size));
};

/** The one whose conversation is asked for; a tenth of the messages is of it. */
export const ours = 'ben@example.com';
export const picturesOfOurs = 12;

export interface TwoChats {
  readonly sms: Buffer;
  /** In MediaDomain; the first dozen is of the conversation that is asked for. */
  readonly attachments: readonly string[];
}

export const twoChats = (messages: number, others: number): TwoChats => {
  const pictures = picturesOfOurs;
  const attachments = Array.from(
    { length: pictures + others },
    (_, i) => `Library/SMS/Attachments/${i % 256}/${i}/IMG_${i}.HEIC`,
  );
  const sms = database(messagesSchema, {
    handle: [
      { ROWID: 1, id: ours, service: 'iMessage' },
      { ROWID: 2, id: 'emma@example.com', service: 'iMessage' },
    ],
    chat: [1, 2].map((n) => ({
      ROWID: n,
      guid: `c${n}`,
      style: 45,
      chat_identifier: n === 1 ? ours : 'emma@example.com',
      service_name: 'iMessage',
    })),
    chat_handle_join: [1, 2].map((n) => ({ chat_id: n, handle_id: n })),
    message: Array.from({ length: messages }, (_, i) => ({
      ROWID: i + 1,
      guid: `M${i}`,
      text: `message ${i} ${noise(i, 30).toString('base64')}`,
      handle_id: i % 10 === 0 ? 1 : 2,
      service: 'iMessage',
      date: BigInt(700_000_000 + i) * 1_000_000_000n,
    })),
    chat_message_join: Array.from({ length: messages }, (_, i) => ({
      chat_id: i % 10 === 0 ? 1 : 2,
      message_id: i + 1,
    })),
    attachment: attachments.map((path, i) => ({
      ROWID: i + 1,
      guid: `A${i}`,
      filename: `~/${path}`,
      mime_type: 'image/heic',
      transfer_name: `IMG_${i}.HEIC`,
    })),
    message_attachment_join: attachments.map((_, i) => ({
      // The first dozen belong to Ben, spread over the years.
      message_id:
        i < pictures ? i * 10 * Math.floor(messages / (pictures * 10)) + 1 : 2 + 10 * (i % Math.floor(messages / 10)),
      attachment_id: i + 1,
    })),
  });
  return { sms, attachments };
};

/** Of a picture by its number. */
export const pictureBytes = (number: number): number => 1_500_000 + (number % 7) * 200_000;
