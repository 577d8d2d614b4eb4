import { expect, it } from 'vitest';
import { exportBackup, openBackup } from '../../src/index.ts';
import { buildBackup } from '../fixtures/backup-builder.ts';
import { MemorySink } from '../fixtures/memory-sink.ts';
import { smsDatabase } from '../fixtures/phone/small-phones.ts';
import { signal } from '../fixtures/signal.ts';

it('what may be a page is stored as it is, named, and not linked', async () => {
  const names = ['page.html', 'drawing.svg', 'Report.PDF', 'nameless', 'odd.foo'];
  const paths = names.map((name) => `Library/SMS/Attachments/${name}`);
  const bytes = Buffer.from('<script>alert(1)</script>');
  const entries = [
    smsDatabase({
      handle: [{ ROWID: 1, id: '+4930111111', service: 'SMS' }],
      chat: [{ ROWID: 1, guid: 'a', style: 45, chat_identifier: '+4930111111' }],
      chat_handle_join: [{ chat_id: 1, handle_id: 1 }],
      message: [{ ROWID: 1, guid: 'M1', text: 'look', handle_id: 1, date: 1 }],
      chat_message_join: [{ chat_id: 1, message_id: 1 }],
      attachment: names.map((transfer_name, i) => ({
        ROWID: i + 1,
        guid: `A${i}`,
        transfer_name,
        filename: `~/${paths[i]}`,
      })),
      message_attachment_join: names.map((_, i) => ({ message_id: 1, attachment_id: i + 1 })),
    }),
    ...paths.map((path) => ({ domain: 'MediaDomain', path, bytes })),
  ];
  await using backup = await openBackup(buildBackup({ entries }), { signal });
  const sink = new MemorySink();
  await exportBackup(backup, { kind: 'messages' }, sink, { signal });
  const page = sink.text('+4930111111.html');
  const folder = 'attachments/+4930111111';
  expect([...page.matchAll(/href="(attachments[^"]*)"/g)].map(([, href]) => href)).toEqual([
    'attachments/%2B4930111111/Report.PDF',
  ]);
  for (const name of names) expect(sink.files.get(`${folder}/${name}`)).toEqual(bytes);
  for (const name of ['page.html', 'drawing.svg', 'nameless', 'odd.foo'])
    expect(page).toContain(`${name}, ${folder}/${name} (no link: it may run what its sender wrote)`);
});
