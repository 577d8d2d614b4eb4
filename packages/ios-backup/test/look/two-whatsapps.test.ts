import { expect, it } from 'vitest';
import { compareBackups, findText, openBackup } from '../../src/index.ts';
import { buildBackup, database } from '../fixtures/backup-builder.ts';
import type { PhoneEntry } from '../fixtures/backup-builder.ts';
import { whatsappSchema } from '../fixtures/phone/whatsapp.ts';
import { signal } from '../fixtures/signal.ts';

const storage = (
  app: 'WhatsApp' | 'WhatsAppSMB',
  chats: readonly (readonly [row: number, jid: string, name: string])[],
): PhoneEntry => ({
  domain: `AppDomainGroup-group.net.whatsapp.${app}.shared`,
  path: 'ChatStorage.sqlite',
  bytes: database(whatsappSchema, {
    ZWACHATSESSION: chats.map(([Z_PK, ZCONTACTJID, ZPARTNERNAME]) => ({ Z_PK, ZCONTACTJID, ZPARTNERNAME })),
    ZWAMESSAGE: chats.map(([row]) => ({
      Z_PK: row,
      ZCHATSESSION: row,
      ZISFROMME: 1,
      ZMESSAGETYPE: 0,
      ZMESSAGEDATE: 1000,
      ZSTANZAID: 'SAME',
      ZTEXT: 'Merry Christmas',
    })),
  }),
});

const differences = async (older: readonly PhoneEntry[], newer: readonly PhoneEntry[]) => {
  await using before = await openBackup(buildBackup({ entries: older }), { signal });
  await using after = await openBackup(buildBackup({ entries: newer }), { signal });
  return await compareBackups(before, after, { signal });
};

const family = [2, '491511-1600@g.us', 'Family'] as const;

it('a group of WhatsApp Business is not taken for one of WhatsApp that has the same number', async () => {
  const own = storage('WhatsApp', [family]);
  const found = await differences([own], [own, storage('WhatsAppSMB', [[2, '491522-1700@g.us', 'Work']])]);
  expect(found).toMatchObject([{ kind: 'whatsapp', change: 'added', where: 'Work', count: 1 }]);
  expect(found[0]?.group).toBeUndefined();
});

it('WhatsApp that was installed anew has the same messages under other numbers', async () => {
  const [, jid, name] = family;
  expect(await differences([storage('WhatsApp', [family])], [storage('WhatsApp', [[7, jid, name]])])).toEqual([]);
});

it('a message that was sent to several at once is found in each conversation', async () => {
  const entries = [
    storage('WhatsApp', [
      [1, '4915111111111@s.whatsapp.net', 'Carla'],
      [2, '4915222222222@s.whatsapp.net', 'Dan'],
    ]),
  ];
  await using backup = await openBackup(buildBackup({ entries }), { signal });
  const hits = await Array.fromAsync(findText(backup, 'christmas', { signal }));
  expect(hits.map(({ where }) => where)).toEqual(['Carla', 'Dan']);
  expect(new Set(hits.map(({ id }) => id)).size).toBe(2);
});
