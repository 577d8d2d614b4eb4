import { expect, it } from 'vitest';
import { exportBackup, exportFormats, openBackup } from '../../src/index.ts';
import { buildBackup } from '../fixtures/backup-builder.ts';
import { MemorySink } from '../fixtures/memory-sink.ts';
import { calendar } from '../fixtures/phone/calendar.ts';
import { messages } from '../fixtures/phone/messages.ts';
import { notes } from '../fixtures/phone/notes.ts';
import { whatsapp } from '../fixtures/phone/whatsapp.ts';
import { signal } from '../fixtures/signal.ts';

// What the documentation says of a message or a note stands in each of its formats.

const said = { messages: [/Confetti/], whatsapp: [/starred/i, /46\.5.*11\.25/] } as const;

const cases = (['messages', 'whatsapp'] as const).flatMap((kind) =>
  exportFormats[kind].flatMap((format) => said[kind].map((words) => ({ kind, format, words }))),
);

it.each(cases)('$kind as $format says $words', async ({ kind, format, words }) => {
  await using backup = await openBackup(buildBackup({ entries: [...messages, ...whatsapp] }), { signal });
  const sink = new MemorySink();
  await exportBackup(backup, { kind, format }, sink, { signal });
  const text = sink.paths
    .filter((path) => path.endsWith(`.${format}`))
    .map((path) => sink.text(path))
    .join('');
  expect(text).toMatch(words);
});

it.each(['html', 'md', 'txt'] as const)(
  'notes as %s say where their pictures went, and which are only in iCloud',
  async (format) => {
    await using backup = await openBackup(buildBackup({ entries: notes }), { signal });
    const sink = new MemorySink();
    await exportBackup(backup, { kind: 'notes', format }, sink, { signal });
    const text = sink.text(`Home _ stuff/Shopping _b_.${format}`);
    expect(text.replaceAll('%20', ' ')).toContain('../attachments/Shopping _b_/photo.png');
    expect(text).toContain('only in iCloud');
  },
);

it.each(['csv', 'html', 'json', 'md', 'txt'] as const)(
  'reminders as %s say what a sub-task is a part of',
  async (format) => {
    await using backup = await openBackup(buildBackup({ entries: calendar }), { signal });
    const sink = new MemorySink();
    await exportBackup(backup, { kind: 'reminders', format }, sink, { signal });
    expect(sink.text(`reminders.${format}`).match(/call Bob/g)).toHaveLength(2);
  },
);
